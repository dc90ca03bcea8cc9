"""Counts, moments and names as people read them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from alerts.messages import Message, Why
from detectors.records import Alert

WHY: dict[Why, str] = {
    "first": "the incident is new",
    "reopened": "the incident has come back after its end",
    "grew": "the incident grew more severe",
    "repeat": "the incident is still open",
    "acknowledged": "somebody has taken the incident on",
    "resolved": "the incident was closed",
}
_GROUP_GREW = "the group has more incidents, or graver ones"
REPEAT = "possibly a repeat: an earlier attempt to send this may have arrived"

_SHOWN = 5
_LONGEST_NAME = 200
"""Host and service names come from the traffic: one must not push the rest off a page."""


def why(message: Message) -> str:
    """The reason to send, with the verdict, the route, the sink that failed, and the mark of a
    repeat."""
    words = _GROUP_GREW if message.why == "grew" and message.group else WHY[message.why]
    if message.why == "resolved" and message.alert.verdict:
        words += f" ({message.alert.verdict})"
    if message.route:
        words += f"; you are told by the route {message.route}"
    if message.instead_of:
        words += f"; you are told because the sink {message.instead_of} could not deliver it"
    return f"{words}; {REPEAT}" if message.repeat else words


def group(message: Message) -> str:
    """The incidents that are told as one; nothing for a single one."""
    if not message.group:
        return ""
    listed = [f"{one.title} ({one.severity}, {one.status})" for one in message.group[:_SHOWN]]
    more = message.members - len(listed)
    return "; ".join(short(one, _LONGEST_NAME) for one in listed) + (
        f"; and {more:,} more" if more > 0 else ""
    )


def subjects(alert: Alert) -> str:
    """How many people, with the bounds of the estimate; nothing where nobody was counted."""
    if not alert.subjects_estimate:
        return ""
    people = "person" if alert.subjects_estimate == 1 else "people"
    if alert.subjects_low == alert.subjects_high:
        return f"{alert.subjects_estimate:,} {people}"
    between = f"between {alert.subjects_low:,} and {alert.subjects_high:,}"
    return f"about {alert.subjects_estimate:,} {people} ({between})"


def amount(alert: Alert) -> str:
    """How much of it there is."""
    if not alert.events:
        return ""
    return f"{_counted(alert.values, 'value')} in {_counted(alert.events, 'event')}"


def some(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - _SHOWN
    shown = ", ".join(short(name, _LONGEST_NAME) for name in names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def clean(text: str) -> str:
    """The text with everything unprintable (escapes, line ends, direction marks) replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def short(text: str, longest: int) -> str:
    """The text, cut to so many characters; the last one shows the cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
