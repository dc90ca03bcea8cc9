"""Messages as PagerDuty events: what pages somebody, what takes it back, what only informs."""

from datetime import UTC
from typing import Any, Literal

import msgspec

from alerts.content import Content
from alerts.messages import Message, Why
from alerts.sinks.pagerduty.client import PagerDutyApi
from alerts.sinks.pagerduty.config import PagerDutyConfig
from alerts.sinks.shared import BaseSink, Tools
from detectors.records.alert import Severity

SUMMARY = 1024
"""Characters of a summary. An event of ours is far below PagerDuty's 512 KB: every fact is bounded
where content is made."""
LEAST_INTERVAL = 0.5
"""Seconds: 120 events a minute for a key."""

Action = Literal["trigger", "acknowledge", "resolve"]

_ACTIONS: dict[Why, Action] = {
    "first": "trigger",
    "reopened": "trigger",
    "grew": "trigger",
    "repeat": "trigger",
    "acknowledged": "acknowledge",
    "resolved": "resolve",
}
_SEVERITY: dict[Severity, str] = {
    "low": "info",
    "medium": "warning",
    "high": "error",
    "critical": "critical",
}
_NOBODY = "egresswatch-connection-check"


class PagerDutySink(BaseSink):
    """Guarantee: one PagerDuty alert for each incident, however often it is told. The deduplication
    key is the incident's id, and messages of one incident come in order: an event sent twice joins
    the alert that the first one opened, or ends it once more. Change events are at least once.
    """

    def __init__(self, config: PagerDutyConfig, tools: Tools) -> None:
        super().__init__(config, tools, LEAST_INTERVAL)
        self._api = PagerDutyApi(config, tools.clock)
        self._changes = frozenset(config.change_events)

    def send(self, message: Message) -> None:
        event = self._event(message)
        if self._is_change(message):
            self._api.call(lambda client: client.send_change_event(**event))
            return
        action, key = _ACTIONS[message.why], message.alert.id
        self._api.call(lambda client: client.send_event(action, dedup_key=key, **event))

    def preview(self, message: Message) -> str:
        shown = self._event(message)
        if not self._is_change(message):
            action = _ACTIONS[message.why]
            shown = {"event_action": action, "dedup_key": message.alert.id, **shown}
        return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()

    def check(self) -> str:
        """Resolves an alert that does not exist: PagerDuty takes that and does nothing."""
        self._api.call(lambda client: client.resolve(_NOBODY))
        return "PagerDuty took an event of no effect with this routing_key"

    def close(self) -> None:
        self._api.close()

    def _is_change(self, message: Message) -> bool:
        return message.alert.severity in self._changes

    def _event(self, message: Message) -> dict[str, Any]:
        content = self.composer.content(message)
        if self._is_change(message):
            return {"payload": self._payload(message, content), "links": _links(content)}
        if _ACTIONS[message.why] != "trigger":
            return {}
        payload = {
            **self._payload(message, content),
            "severity": _SEVERITY[message.alert.severity],
            "component": content.services,
            "group": content.subprocessor,
            "class": content.rule,
        }
        more = {"client_url": content.console_url} if content.console_url else {}
        return {"payload": payload, "links": _links(content), "client": "Egresswatch", **more}

    def _payload(self, message: Message, content: Content) -> dict[str, Any]:
        return {
            "summary": self.composer.title(content, SUMMARY),
            "source": content.subprocessor,
            "timestamp": message.alert.last.astimezone(UTC).isoformat(),
            "custom_details": dict(content.facts),
        }


def _links(content: Content) -> list[dict[str, str]]:
    links = (("Console", content.console_url), ("Runbook", content.runbook_url))
    return [{"href": url, "text": text} for text, url in links if url]
