"""Microsoft Teams: Adaptive Cards to a channel, through a Workflows webhook."""

from typing import Any, Literal

import msgspec
from pydantic import Field

from alerts.content import Content
from alerts.content.words import short
from alerts.messages import Message
from alerts.sinks.http import judge_answer
from alerts.sinks.shared import BaseSink, Tools
from alerts.sinks.web import HookConfig, HttpChannel
from detectors.records.alert import Severity

LARGEST = 28 * 1024
"""Bytes that Teams takes of a message. Ours stays below by construction: so many texts of so many
characters of at most four bytes."""

_TITLE, _FACT, _URL = 200, 380, 1000
_COLOUR: dict[Severity, str] = {
    "low": "default",
    "medium": "accent",
    "high": "warning",
    "critical": "attention",
}
_AS_BUTTONS = frozenset({"runbook", "console"})


class TeamsConfig(HookConfig):
    """Posts to a Teams channel or chat, by a workflow that begins "When a Teams webhook request
    is received"."""

    type: Literal["teams"] = Field(description="This kind of sink.", examples=["teams"])

    def build(self, tools: Tools) -> "TeamsSink":
        """The sink."""
        return TeamsSink(self, tools)


class TeamsSink(BaseSink):
    """Guarantee: at least once; a possible repeat is marked. A workflow accepts a message before it
    posts it: what it does with it then is not told to us."""

    def __init__(self, config: TeamsConfig, tools: Tools) -> None:
        super().__init__(config, tools, 1.0)
        self._config = config
        self._channel = HttpChannel(config, tools.clock)

    def send(self, message: Message) -> None:
        url = self._config.address("url") or ""
        headers = {"Content-Type": "application/json"}
        content = msgspec.json.encode(self._body(message))
        answer = self._channel.request("POST", url, headers, content)
        if not answer.head.is_success:
            raise judge_answer(self._channel.label(url), answer.head, self.clock.now())

    def preview(self, message: Message) -> str:
        return msgspec.json.format(msgspec.json.encode(self._body(message)), indent=2).decode()

    def close(self) -> None:
        self._channel.close()

    def _body(self, message: Message) -> dict[str, Any]:
        content = self.composer.content(message)
        title = self.composer.title(content, _TITLE)
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card(title, message.alert.severity, content),
        }
        return {"type": "message", "attachments": [attachment]}


def card(title: str, severity: Severity, content: Content) -> dict[str, Any]:
    """The card. All of its text is in TextRuns, which Teams shows as it is: in a TextBlock a name
    from the traffic could be Markdown."""
    colour = "good" if content.status == "closed" else _COLOUR[severity]
    head = {**_run(title), "size": "large", "weight": "bolder", "color": colour}
    facts = [
        _line({**_run(f"{label}: "), "weight": "bolder"}, _run(short(text, _FACT)))
        for label, text in content.facts
        if label not in _AS_BUTTONS
    ]
    buttons = (("Console", content.console_url), ("Runbook", content.runbook_url))
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [_line(head), *facts],
        "actions": [
            {"type": "Action.OpenUrl", "title": label, "url": url}
            for label, url in buttons
            if url and len(url) <= _URL
        ],
    }


def _line(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text}
