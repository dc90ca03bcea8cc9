"""A message as a few plain lines for people."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from alerts.sinks.base import Message, Why
from detectors.records import Alert

WHY: dict[Why, str] = {
    "first": "the incident is new",
    "grew": "the incident grew more severe",
    "resolved": "the incident was closed",
}
REPEAT = "possibly a repeat: an earlier attempt to send this may have arrived"

_SHOWN = 5
_REASONS = 3


def lines(message: Message) -> Iterator[str]:
    """Headline first, then one fact a line. No line holds control characters: host and service
    names come from the traffic, and must not steer a terminal."""
    alert = message.alert
    yield clean(f"[{alert.severity.upper()}] {alert.title}")
    for label, fact in _facts(message):
        if fact:
            yield clean(f"  {label:<9} {fact}")


def render(message: Message) -> str:
    """All lines as one block that ends in a newline."""
    return "".join(f"{line}\n" for line in lines(message))


def clean(text: str) -> str:
    """The text with everything unprintable (escapes, line ends, direction marks) replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    alert = message.alert
    yield "why sent", _why(message)
    yield "how much", f"{alert.values:,} values in {alert.events:,} events"
    yield "subjects", _subjects(alert)
    for number, reason in enumerate(alert.reasons[:_REASONS]):
        yield "" if number else "because", reason.message
    yield "since", f"{_minute(alert.opened)} (last seen {_minute(alert.last)})"
    yield "to", f"{alert.subprocessor}{_in_brackets(alert.destinations)}"
    yield "services", _some(alert.services)
    yield "category", _some(alert.categories)
    yield "fields", _some(alert.fields)
    yield "to do", alert.remedy
    yield "query", alert.query
    yield "alert", f"{alert.id} (rule {alert.rule})"


def _why(message: Message) -> str:
    why = WHY[message.why]
    if message.why == "resolved" and message.alert.verdict:
        why += f" ({message.alert.verdict})"
    return f"{why}; {REPEAT}" if message.repeat else why


def _subjects(alert: Alert) -> str:
    if not alert.subjects_estimate:
        return ""
    people = "person" if alert.subjects_estimate == 1 else "people"
    if alert.subjects_low == alert.subjects_high:
        return f"{alert.subjects_estimate:,} {people}"
    between = f"between {alert.subjects_low:,} and {alert.subjects_high:,}"
    return f"about {alert.subjects_estimate:,} {people} ({between})"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _in_brackets(names: Sequence[str]) -> str:
    return f" ({_some(names)})" if names else ""


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
