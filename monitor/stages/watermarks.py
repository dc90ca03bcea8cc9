"""Event time of the whole feed, from what every source partition says of its own.

Sums reach the baseline by sub-processor, from all source partitions at once. So each source
partition tells every partition of the sums how far it has come, in the same log as its sums: what
the baseline does then depends on the events alone, and not on how they are spread.
"""

from collections.abc import Iterable
from datetime import datetime

from detectors.records import Record
from detectors.windows import BEGINNING


class SourceMark(Record, frozen=True, kw_only=True):
    """How far one source partition has come.

    `active` are hours in which it had an event that was in time, told before `watermark` passes
    them. An `idle` source has had nothing for a while: it holds nobody back, and its `watermark`
    has gone on with the clock.
    """

    source: str
    watermark: datetime
    active: tuple[datetime, ...] = ()
    idle: bool = False


class Watermarks:
    """The marks of all source partitions, and the event time they have come to together."""

    def __init__(self, expected: Iterable[str]) -> None:
        """`expected`: the source partitions there are. One that has not spoken yet holds time at
        its beginning, until somebody reads it and says that it is idle."""
        self.marks: dict[str, SourceMark | None] = dict.fromkeys(expected)

    def observe(self, mark: SourceMark) -> None:
        """The newest word of a source partition."""
        self.marks[mark.source] = mark

    @property
    def value(self) -> datetime:
        """Every source partition that still speaks has come so far; where all are idle, the
        furthest counts. It may go back when an idle one speaks again: what was closed meanwhile
        stays closed."""
        speaking = [mark for mark in self.marks.values() if mark is None or not mark.idle]
        if speaking:
            return min(mark.watermark if mark else BEGINNING for mark in speaking)
        return max((mark.watermark for mark in self.marks.values() if mark), default=BEGINNING)
