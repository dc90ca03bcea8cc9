"""A message in Block Kit. Every limit that Slack publishes holds by construction: texts are cut
where they are made, and the number of blocks does not depend on the alert."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

from alerts.content import Content
from alerts.content.words import short
from detectors.records.alert import Verdict

Block = dict[str, Any]

HEADER, SECTION, FIELD, FIELDS, CONTEXT, URL = 150, 3000, 2000, 10, 2000, 3000
"""Characters of a header, a section's text, one of its fields; fields of a section; characters of
a context's element, and of a link."""

ACK, CLOSE = "egresswatch_ack", "egresswatch_close"
"""The action ids of the buttons."""
BLOCK = "egresswatch:"
"""How the id of the block with the buttons begins; the alert's id follows."""

_VERDICTS: dict[Verdict, str] = {
    "true-positive": "True positive",
    "expected": "Expected",
    "false-positive": "False positive",
    "duplicate": "Duplicate",
}
_SEVERITY = {"low": "⚪", "medium": "🟡", "high": "🟠", "critical": "🔴"}
_NAMES = frozenset({"to", "services", "category", "fields", "query", "alert"})
"""Facts that are names: shown as code, so that an underscore in them is no emphasis."""
_ELSEWHERE = frozenset({"to do", "runbook", "console", "query", "alert", "why sent"})


def blocks(title: str, content: Content, *, buttons: bool) -> list[Block]:
    """The incident's message."""
    facts = [fact for fact in content.facts if fact[0] not in _ELSEWHERE]
    return [
        {"type": "header", "text": _plain(f"{_mark(content)} {title}", HEADER)},
        {"type": "section", "text": _mrkdwn(f"*{escape(content.why_sent, SECTION - 2)}*")},
        *_sections(facts),
        {"type": "section", "text": _mrkdwn(f"*To do:* {escape(content.to_do, SECTION - 20)}")},
        *_actions(content, buttons=buttons),
        {"type": "context", "elements": [_mrkdwn(_code(content.query, CONTEXT - 2))]},
        {
            "type": "context",
            "elements": [_mrkdwn(f"alert {_code(content.alert, 100)} · rule {content.rule}")],
        },
    ]


def reply(content: Content) -> list[Block]:
    """What the thread is told of a change."""
    text = f"*{escape(content.why_sent, SECTION // 2)}*"
    if content.why == "grew":
        text += f"\nseverity {content.severity}; {escape(content.amount, 500)}"
    return [{"type": "section", "text": _mrkdwn(text)}]


def notification(title: str) -> str:
    """The text that lists and notifications show, where blocks are not."""
    return escape(title, SECTION)


def escape(text: str, longest: int) -> str:
    """The text as mrkdwn that mentions nobody and links nowhere, cut to its escaped length."""
    cut = longest
    while len(escaped := _escape(short(text, cut))) > longest:
        cut -= max(1, (len(escaped) - longest) // 5)
    return escaped


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sections(facts: Iterable[tuple[str, str]]) -> Iterator[Block]:
    """Facts in two columns, as many of them in a section as Slack takes."""
    fields = [_mrkdwn(_field(label, text)) for label, text in facts]
    for start in range(0, len(fields), FIELDS):
        yield {"type": "section", "fields": fields[start : start + FIELDS]}


def _field(label: str, text: str) -> str:
    longest = FIELD - len(label) - 10
    return f"*{label}*\n{_code(text, longest) if label in _NAMES else escape(text, longest)}"


def _actions(content: Content, *, buttons: bool) -> Iterator[Block]:
    elements = [*_answers(content)] if buttons and content.status != "closed" else []
    for label, url in (("Console", content.console_url), ("Runbook", content.runbook_url)):
        if url and len(url) <= URL:
            link = {"type": "button", "text": _plain(label, 75), "url": url}
            elements.append({**link, "action_id": f"egresswatch_{label.lower()}"})
    if elements:
        yield {"type": "actions", "block_id": _block_id(content), "elements": elements}


def _block_id(content: Content) -> str:
    """Which alert an answer is of, and whom the alert is about, where the name is whole."""
    whole = not content.subprocessor.endswith("…")
    return f"{BLOCK}{content.alert}{f':{content.subprocessor}' if whole else ''}"


def _answers(content: Content) -> Iterator[Block]:
    """Acknowledge, where nobody has yet, and close with a verdict."""
    if content.status == "open":
        button = {"type": "button", "text": _plain("Acknowledge", 75), "style": "primary"}
        yield {**button, "action_id": ACK, "value": content.alert}
    yield {
        "type": "static_select",
        "action_id": CLOSE,
        "placeholder": _plain("Close as ...", 150),
        "options": [
            {"text": _plain(_VERDICTS[verdict], 75), "value": verdict}
            for verdict in get_args(Verdict)
        ],
        "confirm": {
            "title": _plain("Close this alert?", 100),
            "text": _plain("The verdict decides what a recurrence means.", 300),
            "confirm": _plain("Close", 30),
            "deny": _plain("Not yet", 30),
        },
    }


def _mark(content: Content) -> str:
    return "✅" if content.status == "closed" else _SEVERITY.get(content.severity, "")


def _code(text: str, longest: int) -> str:
    return f"`{escape(text.replace('`', 'ʼ'), longest - 2)}`"


def _mrkdwn(text: str) -> dict[Literal["type", "text", "verbatim"], Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, longest: int) -> dict[Literal["type", "text", "emoji"], Any]:
    return {"type": "plain_text", "text": short(text, longest), "emoji": False}
