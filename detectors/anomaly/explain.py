"""Anomalies in words: how much, from where to where, against what is usual."""

from collections.abc import Sequence
from datetime import datetime

from detectors.anomaly.alarm import Alarm, First
from detectors.windows import HOUR


def burst(what: str, where: str, alarm: Alarm, period: str, siblings: Sequence[str]) -> str:
    """`what` is the category's label, `where` "to HubSpot from crm-sync"."""
    seen = _visits(alarm.visits)
    text = f"{what} {where}: {number(alarm.observed)} {_length(alarm.minutes)}"
    if alarm.requests:
        requests = "request" if alarm.requests == 1 else "requests"
        text += f" in {alarm.requests:,} {requests}"
        period, seen = "so many requests", f"{alarm.visits} hours seen"
    text += (
        f", {_ratio(alarm)} the usual for {period} "
        f"({number(alarm.low)}-{number(alarm.high)}, {seen})"
    )
    if alarm.rule == "batch-moved":
        text += f"; as much as it usually sends at {alarm.note}"
    return text + _unmoved(siblings)


def silence(what: str, where: str, alarm: Alarm, since: datetime, until: datetime) -> str:
    """Of the hours `since` then those that usually have something."""
    hours = "the hour" if alarm.hours == 1 else f"the {alarm.hours} hours"
    if until - since > 2 * alarm.hours * HOUR:
        hours = f"{hours} that have traffic"
    return (
        f"{what} {where}: {number(alarm.observed)} in {hours} from {since:%A %H:%M} UTC, "
        f"where {number(alarm.expected)} are usual"
    )


def stop(what: str, where: str, alarm: Alarm, since: datetime) -> str:
    hours, minutes = divmod(alarm.minutes, 60)
    return (
        f"{what} {where}: none since {since:%A %H:%M} UTC, for {hours}:{minutes:02d} hours, where "
        f"{number(alarm.expected)} are usual"
    )


def shift(what: str, where: str, alarm: Alarm, siblings: Sequence[str]) -> str:
    if alarm.observed < alarm.expected:
        return (
            f"{what} {where}: {alarm.metric} fell to {_fine(alarm.observed)} in the latest hours, "
            f"usual {_fine(alarm.expected)} ({_fine(alarm.low)}-{_fine(alarm.high)}, "
            f"{alarm.visits} hours seen){_unmoved(siblings)}"
        )
    return (
        f"{what} {where}: {alarm.metric} {_fine(alarm.observed)} in the latest hours, "
        f"{_ratio(alarm)} the usual ({_fine(alarm.low)}-{_fine(alarm.high)}, "
        f"{alarm.visits} hours seen){_unmoved(siblings)}"
    )


def leak(what: str, where: str, alarm: Alarm, siblings: Sequence[str]) -> str:
    days = alarm.hours // 24
    counted = {
        "subjects": f"distinct {what}",
        "subjects of each hour": f"{what}, distinct ones of each hour",
        "subjects per request": f"distinct {what}, to a request",
        "values per request": f"{what}, values a request",
    }
    return (
        f"{counted.get(alarm.metric, what)} {where}: growing for {days} days, "
        f"{_fine(alarm.observed)} on the last after {_fine(alarm.expected)} before "
        f"({_fine(alarm.low)}-{_fine(alarm.high)} would be usual); other traffic did not grow so"
        f"{_unmoved(siblings)}"
    )


_PLURALS = {
    "category": "categories",
    "destination": "destinations",
    "service": "services",
    "field": "fields",
    "region": "regions",
    "user": "users",
    "role": "roles",
}


def first(what: str, where: str, found: First) -> str:
    """`what` is what was never seen, in words."""
    if found.kind == "use":
        return (
            f"{what} {where}: never sent by this service before, though it has been watched since "
            f"{found.since:%Y-%m-%d}; others send it there"
        )
    other = found.kind if found.known == 1 else _PLURALS[found.kind]
    return (
        f"{what} {where}: never seen there before, in traffic watched since "
        f"{found.since:%Y-%m-%d} ({found.known} other {other} known)"
    )


def explosion(count: int, usual: float, hour: datetime, whose: str) -> str:
    return (
        f"{count:,} keys (service and category) never seen before in the hour from {hour:%A %H:%M} "
        f"UTC, most of them of {whose}, where {number(usual)} are usual: names that look "
        f"generated make baselines worthless"
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _fine(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(alarm: Alarm) -> str:
    if alarm.expected <= 0:
        return "where none is"
    return f"{number(alarm.observed / alarm.expected)} times"


def _length(minutes: int) -> str:
    return "a minute" if minutes == 1 else f"in {minutes} minutes"


def _visits(count: int) -> str:
    if count == 0:
        return "from others of its kind"
    return f"{count} {'visit' if count == 1 else 'visits'}"


def _unmoved(siblings: Sequence[str]) -> str:
    return f"; not moved: {', '.join(siblings)}" if siblings else ""
