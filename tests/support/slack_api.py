"""Slack's Web API as far as a sink uses it: channels with history, threads and metadata; errors as
Slack words them; and the limits it publishes for blocks."""

from typing import Any

import msgspec

from tests.support.api import Api, Call, Reply

TOKEN = "xoxb-s3cr3t-0f-the-b0t"
CHANNEL = "C0123456789"


class SlackApi(Api):
    """`messages` is what the channel holds, the oldest first, replies in threads included."""

    page = 200
    """Messages of a page at most, whatever is asked for."""

    def reset(self) -> None:
        super().reset()
        self.messages: list[dict[str, Any]] = []
        self._clock = 1_772_440_000

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def is_write(self, call: Call) -> bool:
        return call.path.startswith("/api/chat.")

    def handle(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"ok": False, "error": "invalid_auth"})
        method = call.path.removeprefix("/api/")
        json = "json" in call.headers.get("content-type", "")
        given = call.json if json else call.form
        if method == "auth.test":
            return Reply({"ok": True, "bot_id": "B1"})
        if given.get("channel") != CHANNEL:
            return Reply({"ok": False, "error": "channel_not_found"})
        answer = getattr(self, method.replace(".", "_"))(given)
        return Reply({"ok": "error" not in answer, **answer})

    def chat_postMessage(self, given: dict[str, Any]) -> dict[str, Any]:
        if problem := block_problem(given.get("blocks", [])):
            return {"error": "invalid_blocks", "detail": problem}
        self._clock += 1
        ts = f"{self._clock}.000100"
        kept = ("text", "blocks", "metadata", "thread_ts", "reply_broadcast")
        message = {name: given[name] for name in kept if name in given}
        self.messages.append({"type": "message", "ts": ts, **message})
        return {"channel": CHANNEL, "ts": ts}

    def chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        if problem := block_problem(given.get("blocks", [])):
            return {"error": "invalid_blocks", "detail": problem}
        for message in self.messages:
            if message["ts"] == given["ts"]:
                message.update({k: given[k] for k in ("text", "blocks", "metadata") if k in given})
                return {"channel": CHANNEL, "ts": given["ts"]}
        return {"error": "message_not_found"}

    def conversations_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": CHANNEL}}

    def conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        oldest = float(given.get("oldest", 0))
        found = [
            one
            for one in self.messages
            if ("thread_ts" not in one or one.get("reply_broadcast")) and float(one["ts"]) > oldest
        ]
        return self._paged(found[::-1], given)

    def conversations_replies(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [one for one in self.messages if given["ts"] in {one["ts"], one.get("thread_ts")}]
        return self._paged(found, given)

    def _paged(self, found: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
        start = int(given.get("cursor") or 0)
        end = start + min(int(given["limit"]), self.page)
        shown = [dict(one) for one in found[start:end]]
        if str(given.get("include_all_metadata")) not in {"1", "True", "true"}:
            for one in shown:
                one.pop("metadata", None)
        more = {"response_metadata": {"next_cursor": str(end)}} if end < len(found) else {}
        return {"messages": shown, "has_more": end < len(found), **more}


def block_problem(blocks: list[dict[str, Any]]) -> str:
    """What of Slack's published limits on blocks does not hold; empty where all do."""
    if len(blocks) > 50:
        return "more than 50 blocks"
    for block in blocks:
        if len(block.get("block_id", "")) > 255:
            return "block_id"
        match block["type"]:
            case "header":
                problem = _text(block["text"], 150, {"plain_text"})
            case "section":
                problem = _section(block)
            case "context":
                problem = next(
                    (p for e in block["elements"] if (p := _text(e, 3000, {"mrkdwn"}))), ""
                ) or ("elements" if len(block["elements"]) > 10 else "")
            case "actions":
                problem = _actions(block["elements"])
            case other:
                problem = f"unknown block {other}"
        if problem:
            return problem
    return ""


def _section(block: dict[str, Any]) -> str:
    if "text" in block and (problem := _text(block["text"], 3000, {"mrkdwn", "plain_text"})):
        return problem
    fields = block.get("fields", [])
    if not fields and "text" not in block:
        return "a section without text"
    if len(fields) > 10:
        return "more than 10 fields"
    return next((p for f in fields if (p := _text(f, 2000, {"mrkdwn", "plain_text"}))), "")


def _actions(elements: list[dict[str, Any]]) -> str:
    if not 1 <= len(elements) <= 25:
        return "1 to 25 elements"
    ids = [element["action_id"] for element in elements]
    if len(set(ids)) < len(ids) or any(len(one) > 255 for one in ids):
        return "action_id"
    for element in elements:
        if len(element.get("url", "")) > 3000 or len(element.get("value", "")) > 2000:
            return "button"
        if "text" in element and (problem := _text(element["text"], 75, {"plain_text"})):
            return problem
        for option in element.get("options", []):
            if len(option["value"]) > 150 or _text(option["text"], 75, {"plain_text"}):
                return "option"
        if "confirm" in element:
            confirm = element["confirm"]
            for name, longest in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
                if problem := _text(confirm[name], longest, {"plain_text", "mrkdwn"}):
                    return problem
    return ""


def _text(text: dict[str, Any], longest: int, kinds: set[str]) -> str:
    if text["type"] not in kinds:
        return f"text of type {text['type']}"
    if set(text) - {"type", "text", "verbatim" if text["type"] == "mrkdwn" else "emoji"}:
        return "unknown member of a text"
    return "" if 1 <= len(text["text"]) <= longest else f"text of {len(text['text'])} characters"


def holdings(api: SlackApi) -> list[tuple[str, str]]:
    """(alert, message id) of everything of ours that the channel holds."""
    found = [one["metadata"]["event_payload"] for one in api.messages if "metadata" in one]
    return [(one["alert"], one["message"]) for one in found]


def seed_noise(api: SlackApi, count: int) -> None:
    """Messages of other people."""
    for number in range(count):
        api.chat_postMessage({"text": msgspec.json.encode({"n": number}).decode()})
