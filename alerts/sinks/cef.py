"""A message in the Common Event Format, as SIEMs read it from syslog."""

from collections.abc import Iterator
from datetime import datetime

from alerts.content import Content
from alerts.content.words import clean, short
from alerts.messages import Message
from alerts.sinks.payload import product_version
from detectors.records.alert import Severity

_SEVERITY: dict[Severity, int] = {"low": 3, "medium": 5, "high": 8, "critical": 10}
_VALUE = 400
"""Characters of a value; the format bounds most of them by 255 to 1,023."""


def cef(message: Message, content: Content, largest: int) -> bytes:
    """One line of at most `largest` bytes: whole fields only, the most telling ones first."""
    alert = message.alert
    head = "|".join(
        _header(text)
        for text in (
            "CEF:0",
            "Egresswatch",
            "Egresswatch",
            product_version(),
            alert.rule,
            content.title,
            str(_SEVERITY[alert.severity]),
        )
    )
    line = f"{head}|".encode()
    for field in _fields(message, content):
        if len(line) + len(field) < largest:
            line += field if line.endswith(b"|") else b" " + field
    return line


def _fields(message: Message, content: Content) -> Iterator[bytes]:
    """The extension's fields that have a value; a custom one together with its label."""
    for name, value in _standard(message, content):
        if value:
            yield f"{name}={_value(value)}".encode()
    for name, label, value in _custom(message, content):
        if value:
            yield f"{name}Label={label} {name}={_value(value)}".encode()
    yield f"msg={_value('; '.join(content.compared) or content.title)}".encode()


def _standard(message: Message, content: Content) -> Iterator[tuple[str, str]]:
    alert = message.alert
    yield "externalId", alert.id
    yield "act", message.why
    yield "outcome", alert.status
    yield "deviceSeverity", alert.severity
    yield "rt", _milliseconds(message.decided)
    yield "start", _milliseconds(alert.opened)
    yield "end", _milliseconds(alert.last)
    yield "cnt", str(alert.events) if alert.events else ""
    yield "dhost", alert.destinations[0] if alert.destinations else ""
    yield "cat", content.categories
    yield "reason", content.why_sent
    yield "request", content.console_url


def _custom(message: Message, content: Content) -> Iterator[tuple[str, str, str]]:
    alert = message.alert
    yield "cs1", "subprocessor", content.subprocessor
    yield "cs2", "services", content.services
    yield "cs3", "deliveryId", message.id
    yield "cs4", "query", content.query
    yield "cs5", "fields", content.fields
    yield "cs6", "toDo", content.to_do
    yield "cn1", "subjectsEstimate", str(alert.subjects_estimate)
    yield "cn2", "values", str(alert.values)


def _value(text: str) -> str:
    return short(clean(text), _VALUE).replace("\\", "\\\\").replace("=", "\\=")


def _header(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
