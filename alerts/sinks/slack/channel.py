"""What of ours a Slack channel holds, read from its history by the metadata of the messages."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alerts.messages import Message
from alerts.sinks.slack.client import SlackApi

EVENT = "egresswatch_alert"
"""The type of our metadata."""

_PAGE, _PAGES = 200, 100
_REMEMBERED = 10_000


class Root(NamedTuple):
    """The message of an incident: where it is, and the id of the message it was posted for."""

    ts: str
    message: str


class Channel:
    """One channel's messages of ours. What was seen is remembered, so that the history is read
    once a process for what was posted before it, and again only where there is a doubt."""

    def __init__(self, api: SlackApi, channel: str, depth: timedelta) -> None:
        self._api = api
        self._channel = channel
        self._depth = depth
        self._known: OrderedDict[str, Root] = OrderedDict()
        self._read = False

    def root(self, alert: str, now: datetime) -> Root | None:
        """The incident's message, where it has one that is not too old."""
        if alert not in self._known and not self._read:
            self._read_history(now)
        return self._known.get(alert)

    def remember(self, alert: str, root: Root) -> None:
        self._known[alert] = root
        self._known.move_to_end(alert)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
            self._read = False

    def forget(self, alert: str) -> None:
        """The incident's message is no longer there."""
        self._known.pop(alert, None)

    def holds(self, message: Message, now: datetime) -> bool | None:
        """Whether the channel or the incident's thread has this message; None where there is more
        history than is read."""
        whole = self._read_history(now)
        root = self._known.get(message.alert.id)
        if root is None:
            return False if whole else None
        if root.message == message.id:
            return True
        return any(
            _ours(reply).get("message") == message.id for reply in self._replies(root.ts)
        ) or (False if whole else None)

    def _read_history(self, now: datetime) -> bool:
        """Remembers every incident's message in the history, the newest one of each; whether all
        of the history was read."""
        oldest = f"{(now - self._depth).timestamp():.6f}"
        found: dict[str, Root] = {}
        whole = True
        for number, page in enumerate(self._pages("conversations.history", oldest=oldest)):
            whole = number < _PAGES
            if not whole:
                break
            for one in page:
                ours = _ours(one)
                if "alert" in ours and one.get("thread_ts", one["ts"]) == one["ts"]:
                    found.setdefault(ours["alert"], Root(one["ts"], ours.get("message", "")))
        for alert, root in reversed(found.items()):
            self.remember(alert, root)
        self._read = True
        return whole

    def _replies(self, ts: str) -> Iterator[dict[str, Any]]:
        for page in self._pages("conversations.replies", ts=ts):
            yield from page

    def _pages(self, method: str, **params: str) -> Iterator[list[dict[str, Any]]]:
        cursor = ""
        while True:
            asked = {"channel": self._channel, "limit": _PAGE, "include_all_metadata": True}
            given = {**asked, **params, **({"cursor": cursor} if cursor else {})}
            answer = self._api.call(
                lambda client, given=given: client.api_call(method, params=given)
            )
            yield answer.get("messages", [])
            cursor = answer.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return


def metadata(message: Message) -> dict[str, Any]:
    """By which a message is found again."""
    return {
        "event_type": EVENT,
        "event_payload": {"alert": message.alert.id, "message": message.id},
    }


def _ours(message: dict[str, Any]) -> dict[str, str]:
    """The payload of our metadata; empty for a message of somebody else."""
    found: dict[str, Any] = message.get("metadata") or {}
    return found.get("event_payload", {}) if found.get("event_type") == EVENT else {}
