"""Event time: windows, watermarks, and sums that merge in any order to the same record."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from detectors.distinct import merge as merge_sketches
from detectors.records import PartialSum
from detectors.traces import merge as merge_traces

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""A watermark that has seen nothing."""

NAMES_KEPT = 32
"""Destinations, field paths, regions and principals kept for one key: the first in alphabetical
order, so that the choice does not depend on the order of merging."""

SumKey = tuple[str, str, str, str, datetime, bool]


def minute_of(moment: datetime) -> datetime:
    """The start of the one-minute window that holds a moment."""
    return moment.replace(second=0, microsecond=0)


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def key_of(part: PartialSum) -> SumKey:
    """Sums with one key merge."""
    return (
        part.channel,
        part.subprocessor,
        part.service,
        part.category,
        part.window,
        part.late,
    )


def merge(a: PartialSum, b: PartialSum) -> PartialSum:
    """The sum of two partial sums of one key; associative and commutative."""
    return msgspec.structs.replace(
        a,
        registered=a.registered or b.registered,
        events=a.events + b.events,
        size=a.size + b.size,
        values=a.values + b.values,
        subjects=merge_sketches(a.subjects, b.subjects),
        destinations=merge_names(a.destinations, b.destinations),
        fields=merge_names(a.fields, b.fields),
        regions=merge_names(a.regions, b.regions),
        principals=merge_names(a.principals, b.principals),
        traced=a.traced + b.traced,
        traces=merge_traces(a.traces, b.traces),
    )


def merge_names(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    """Both sets of names, sorted, at most NAMES_KEPT of them."""
    if a == b or not b:
        return a
    if not a and len(b) == 1:
        return b
    return tuple(sorted({*a, *b})[:NAMES_KEPT])


@dataclass(slots=True)
class Watermark:
    """How far event time has come in one partition.

    A record whose window ended before the watermark is late: it counts, but its window has closed.
    Whether it is depends only on the records before it in its own partition, so it is the same
    whatever is read beside it and however reading is cut into batches.
    """

    allowance: timedelta
    time: datetime = BEGINNING
    """The newest event time seen; never goes back."""

    @property
    def value(self) -> datetime:
        """All windows that end at or before this moment are complete."""
        return max(BEGINNING, self.time - self.allowance) if self.time > BEGINNING else BEGINNING

    def observe(self, moment: datetime, now: datetime) -> bool:
        """Takes in a record's event time; True when the record is late. A sender's clock that is
        ahead of `now` moves the watermark to `now` only, or it would make all others late."""
        reached = self.value
        # most events are newer than that, and then it takes no look at their minute
        late = moment < reached and minute_of(moment) + MINUTE <= reached
        self.time = max(self.time, min(moment, now))
        return late
