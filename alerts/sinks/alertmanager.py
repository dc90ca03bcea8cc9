"""Messages in the two forms of Prometheus Alertmanager: what it sends to webhooks, and what it
takes itself at `/api/v2/alerts`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts.content import Content
from alerts.messages import Message
from alerts.severity import LEVELS

_NEVER = "0001-01-01T00:00:00Z"
"""Alertmanager's end of an alert that still fires."""
_KEPT = timedelta(days=30)
"""Without an end, Alertmanager would call an incident resolved five minutes after our message."""

_encoder = msgspec.json.Encoder()


def webhook_body(message: Message, content: Content, receiver: str, console: str) -> bytes:
    """The payload of Alertmanager's webhooks, version 4: one group with one alert."""
    labels, annotations = _labels(message, message.alert.severity), _annotations(content)
    group = {name: labels[name] for name in ("alertname", "subprocessor")}
    matchers = ", ".join(f"{name}={_quoted(value)}" for name, value in group.items())
    status = _status(message)
    one = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _moment(message.alert.opened),
        "endsAt": _moment(message.decided) if status == "resolved" else _NEVER,
        "generatorURL": content.console_url,
        "fingerprint": message.alert.id[:16],
    }
    return _encoder.encode(
        {
            "receiver": receiver,
            "status": status,
            "alerts": [one],
            "groupLabels": group,
            "commonLabels": labels,
            "commonAnnotations": annotations,
            "externalURL": console,
            "version": "4",
            "groupKey": f"{{}}:{{{matchers}}}",
            "truncatedAlerts": 0,
        }
    )


def api_body(message: Message, content: Content) -> bytes:
    """The alerts to POST to an Alertmanager.

    Labels are an alert's identity there, and the severity, by which people route, is one of them:
    a message that an incident grew ends the alerts of the lower severities in the same request.
    """
    alert = message.alert
    over = _status(message) == "resolved"
    posts = [_post(message, content, alert.severity, over=over)]
    if message.why == "grew":
        lower = LEVELS[: LEVELS.index(alert.severity)]
        posts += [_post(message, content, severity, over=True) for severity in lower]
    return _encoder.encode(posts)


def _post(message: Message, content: Content, severity: str, *, over: bool) -> dict[str, Any]:
    end = message.decided if over else message.decided + _KEPT
    return {
        "labels": _labels(message, severity),
        "annotations": _annotations(content),
        "startsAt": _moment(message.alert.opened),
        "endsAt": _moment(end),
        "generatorURL": content.console_url,
    }


def _status(message: Message) -> str:
    return "resolved" if message.why == "resolved" else "firing"


def _labels(message: Message, severity: str) -> dict[str, str]:
    """What identifies the incident, the same in all of its messages but for the severity."""
    alert = message.alert
    return {
        "alertname": alert.rule,
        "incident": alert.id,
        "severity": severity,
        "subprocessor": alert.subprocessor,
    }


def _annotations(content: Content) -> dict[str, str]:
    """What may change from message to message; Alertmanager's users know the first names."""
    said = {
        "summary": content.title,
        "description": "; ".join(content.compared),
        "runbook_url": content.runbook_url,
        "why_sent": content.why_sent,
        "amount": content.amount,
        "subjects": content.subjects,
        "services": content.services,
        "categories": content.categories,
        "destinations": content.destinations,
        "to_do": content.to_do,
        "query": content.query,
    }
    return {name: text for name, text in said.items() if text}


def _quoted(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
