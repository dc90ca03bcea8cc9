"""Messages as an issue and its comments."""

from datetime import timedelta
from typing import Any

import msgspec

from alerts.content import Content
from alerts.messages import Message
from alerts.sinks.base import SinkError
from alerts.sinks.jira.client import JiraApi, JiraRefusedError
from alerts.sinks.jira.config import JiraConfig
from alerts.sinks.shared import BaseSink, Tools

SUMMARY = 255
"""Characters of a summary. Descriptions and comments may have 32,767: content stays far below."""

_LABEL = "egresswatch"


class JiraSink(BaseSink):
    """Guarantee: exactly once, as far as Jira's search is up to date. Issues and comments carry the
    id of their message as a property. The comment comes last and is what counts; bringing the
    issue up to date and closing it can be done twice.
    """

    def __init__(self, config: JiraConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config
        self._api = JiraApi(config, tools.clock)
        self._indexed = tools.clock.now() + timedelta(seconds=config.index_seconds)
        """From when on Jira's search knows of all that was sent before."""

    def send(self, message: Message) -> None:
        try:
            self._send(message)
        except SinkError as error:
            if error.in_doubt:
                wait = timedelta(seconds=self._config.index_seconds)
                self._indexed = self.clock.now() + wait
            raise

    def arrived(self, message: Message) -> bool | None:
        issue = self._api.find(_label(message))
        if issue is not None and message.id in self._api.messages(issue):
            return True
        missing = (self._indexed - self.clock.now()).total_seconds()
        if missing > 0:
            problem = f"sink {self.name}: Jira's search may not know of the newest issues yet"
            raise SinkError(problem, recoverable=True, retry_after=missing)
        return False

    def preview(self, message: Message) -> str:
        content = self.composer.content(message)
        shown = self._fields(message, content)
        return msgspec.json.format(msgspec.json.encode({"fields": shown}), indent=2).decode()

    def check(self) -> str:
        self._api.check()
        return "the account is valid and sees the project"

    def close(self) -> None:
        self._api.close()

    def _send(self, message: Message) -> None:
        content = self.composer.content(message)
        fields = self._fields(message, content)
        issue = None if _is_first(message) else self._api.find(_label(message))
        if issue is None or not self._update(issue, fields):
            issue = self._api.create(fields, message.id)
            if message.why == "resolved":
                self._close(issue)
            return
        said = content.why_sent
        if message.why == "resolved" and not self._close(issue):
            said += f" (the transition {self._config.close_transition} was not offered)"
        self._api.comment(
            issue, _document([("why sent", said), ("severity", content.severity)]), message.id
        )

    def _update(self, issue: str, fields: dict[str, Any]) -> bool:
        """Brings the issue up to date; False where somebody deleted it."""
        kept = {name: value for name, value in fields.items() if name in _CHANGING}
        try:
            self._api.update(issue, kept)
        except JiraRefusedError as error:
            if error.status != 404:
                raise
            return False
        return True

    def _close(self, issue: str) -> bool:
        """Whether nothing is left to do: closed, or not to be closed."""
        name = self._config.close_transition
        return name is None or self._api.transition(issue, name)

    def _fields(self, message: Message, content: Content) -> dict[str, Any]:
        priority = self._config.priorities.get(message.alert.severity)
        return {
            "project": {"key": self._config.project},
            "issuetype": {"name": self._config.issue_type},
            "summary": self.composer.title(content, SUMMARY),
            "description": _document([("", content.title), *content.facts]),
            "labels": [_LABEL, _label(message)],
            **({"priority": {"name": priority}} if priority else {}),
        }


_CHANGING = frozenset({"summary", "description", "priority"})


def _is_first(message: Message) -> bool:
    return message.why == "first" and not message.instead_of


def _label(message: Message) -> str:
    """By which an incident's issue is found."""
    return f"{_LABEL}-{message.alert.id}"


def _document(facts: list[tuple[str, str]]) -> dict[str, Any]:
    """Atlassian's document format: text in it is text, whatever it looks like."""
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [*_strong(label), {"type": "text", "text": text}]}
            for label, text in facts
        ],
    }


def _strong(label: str) -> list[dict[str, Any]]:
    if not label:
        return []
    return [{"type": "text", "text": f"{label}: ", "marks": [{"type": "strong"}]}]
