"""Reads and sendings without their counterpart, in words."""

from collections.abc import Iterable
from datetime import datetime

from detectors.anomaly.counterpart.balance import Look
from detectors.anomaly.counterpart.couple import Alone
from detectors.anomaly.counterpart.tracer import Missed
from detectors.anomaly.counterpart.usual import Compared
from detectors.records.flow import Channel

NAMED = 3


def lone(
    channel: Channel,
    service: str,
    who: str,
    alone: Alone,
    met: float,
    labels: Iterable[str],
    waited: int,
    people: int,
) -> str:
    """`who` is the sub-processor's name, `labels` are those of its categories, `waited` minutes;
    `people` are those in what was sent."""
    when = _span(alone.since, alone.last)
    count = alone.count(channel)
    what = _listed(list(labels))
    if channel == "access":
        return (
            f"{service} read {count:,} records{what} for {who}, {when} UTC, and nothing was sent "
            f"there within {waited} minutes before or after; {met:,.0f} times before, "
            f"something was"
        )
    return (
        f"{service} sent {count:,} requests{what}{_about(people)} to {who}, {when} UTC, and no "
        f"access record within {waited} minutes before or after tells of a read; {met:,.0f} times "
        f"before, one did"
    )


def unbalanced(
    channel: Channel,
    service: str,
    who: str,
    what: str,
    look: Look,
    found: Compared,
    waited: int,
    people: int,
) -> str:
    """`what` is the label of the fullest category, the rest as in `lone`."""
    when = f"{_span(look.since, look.last)} UTC, and within {waited} minutes before or after"
    usual = (
        f"with so many, {found.expected:,.0f} are usual and {found.most:,.0f} were the most so far"
    )
    if channel == "access":
        return (
            f"{service} read {look.count:,} records ({what}) for {who}, {when} only "
            f"{look.around:,} values were sent there; {usual}"
        )
    return (
        f"{service} sent {look.count:,} values ({what}){_about(people)} to {who}, {when} only "
        f"{look.around:,} records were read for it; {usual}"
    )


def untraced(missed: Missed, who: str, waited: int) -> str:
    """Of traces that never met the other channel."""
    when = f"{_span(missed.since, missed.last)} UTC"
    share = f"{missed.traces:,} traces of {missed.of:,}"
    usual = f"{100 * missed.usual:.2g} % are usual{_not_joined(missed)}"
    if missed.channel == "access":
        return (
            f"{missed.service} read {missed.weight:,} records for {who}, {when}, under {share} "
            f"that no request there had within {waited} minutes; {usual}"
        )
    return (
        f"{missed.service} sent {missed.weight:,} requests to {who}, {when}, under {share} that no "
        f"access record had within {waited} minutes; {usual}"
    )


def _not_joined(missed: Missed) -> str:
    if not missed.untraced:
        return ""
    what = "requests" if missed.channel == "access" else "access records"
    return f"; {missed.untraced:,} of {missed.events:,} {what} meanwhile brought no trace id"


def _about(people: int) -> str:
    return f" of {people:,} people" if people else ""


def _span(start: datetime, end: datetime) -> str:
    if start == end:
        return f"{start:%A %H:%M}"
    return f"{start:%A %H:%M} to {end:%H:%M}"


def _listed(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return f" ({', '.join(labels[:NAMED])}{more})" if labels else ""
