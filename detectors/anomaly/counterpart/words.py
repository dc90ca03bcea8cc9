"""Reads and sendings without their counterpart, in words."""

from collections.abc import Iterable
from datetime import datetime

from detectors.anomaly.counterpart.couple import Alone, Side
from detectors.records.flow import Channel

NAMED = 3


def lone(
    channel: Channel,
    service: str,
    who: str,
    alone: Alone,
    side: Side,
    labels: Iterable[str],
    waited: int,
) -> str:
    """`who` is the sub-processor's name, `labels` are those of its categories, `waited` minutes."""
    when = f"{_span(alone.since, alone.last)} UTC"
    count = alone.count(channel)
    what = _listed(list(labels))
    if channel == "access":
        return (
            f"{service} read {count:,} records{what} for {who}, {when}, and nothing was sent "
            f"there within {waited} minutes before or after; {side.met:,.0f} times before, "
            f"something was"
        )
    return (
        f"{service} sent {count:,} requests{what} to {who}, {when}, and no access record "
        f"within {waited} minutes before or after tells of a read; {side.met:,.0f} times before, "
        f"one did"
    )


def _span(start: datetime, end: datetime) -> str:
    if start == end:
        return f"{start:%A %H:%M}"
    return f"{start:%A %H:%M} to {end:%H:%M}"


def _listed(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return f" ({', '.join(labels[:NAMED])}{more})" if labels else ""
