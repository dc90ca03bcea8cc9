"""How much is read for how much is sent, and what is usual.

Time is cut into thirds of the time to wait for a counterpart (`PARTS`). When a part is over, the
hour that ended an hour before it is looked at, for the default of 60 minutes: the records read in
it, against the values sent in all three hours around it; and the values sent in it against the
records read around it. So whatever the lag between a read and its sending, up to the time to wait,
it changes nothing.

How much is usual for how much is in `usual`.

Values are counted, not distinct people: people stop growing where a customer base ends, and reads
of it do not. How many people what was sent is about is told besides.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final

import msgspec

from detectors.anomaly.counterpart.settings import PARTS
from detectors.anomaly.counterpart.usual import Usual
from detectors.distinct import merge as merge_sketches
from detectors.records import PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import merge_names

KEPT: Final = 3 * PARTS
"""Before, the middle that is looked at, and after."""


class Block(msgspec.Struct, array_like=True):
    """What one part of the time brought, by category: records read, values sent."""

    number: int
    read: dict[str, int] = {}
    sent: dict[str, int] = {}
    subjects: dict[str, bytes] = {}
    """Sketches of the people in what was sent; once the part is over of its fullest category."""
    fields: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()

    def add(self, part: PartialSum) -> None:
        if part.category == ANY_CATEGORY:
            self.destinations = merge_names(self.destinations, part.destinations)
            return
        counts = self.read if part.channel == "access" else self.sent
        counts[part.category] = counts.get(part.category, 0) + part.values
        self.fields = merge_names(self.fields, part.fields)
        if part.subjects:
            known = self.subjects.get(part.category, b"")
            self.subjects[part.category] = merge_sketches(known, part.subjects)

    def end(self) -> None:
        """Nothing more comes."""
        if self.sent:
            most = fullest(self.sent)
            self.subjects = {name: one for name, one in self.subjects.items() if name == most}

    def of(self, channel: Channel) -> dict[str, int]:
        return self.read if channel == "access" else self.sent


class Balance(msgspec.Struct):
    """The parts of one couple, and what is usual for each of its channels."""

    minutes: int = 0
    """Of a part."""
    next: int = 0
    """The part that ends next."""
    blocks: list[Block] = []
    access: Usual = msgspec.field(default_factory=Usual)
    egress: Usual = msgspec.field(default_factory=Usual)

    @property
    def ends(self) -> datetime:
        """When the next part does."""
        return moment_of(self.next + 1, self.minutes)

    def usual(self, channel: Channel) -> Usual:
        return self.access if channel == "access" else self.egress

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> None:
        """What a minute brought; minutes come in order."""
        number = part_of(minute, self.minutes)
        if not self.blocks:
            self.next = number
        if not self.blocks or self.blocks[-1].number != number:
            self.blocks.append(Block(number))
        for part in parts:
            self.blocks[-1].add(part)

    def end(self, number: int) -> None:
        """Part `number` is over."""
        self.next = number + 1
        if self.blocks and self.blocks[-1].number == number:
            self.blocks[-1].end()
        self.blocks = [one for one in self.blocks if one.number > number - KEPT]

    def look(self, number: int, channel: Channel) -> "Look":
        """What there is to see when part `number` is over."""
        first = number - 2 * PARTS + 1
        middle = [one for one in self.blocks if first <= one.number < first + PARTS]
        category, count = count_of(middle, channel)
        _, around = count_of(self.blocks, "egress" if channel == "access" else "access")
        having = [one for one in middle if one.of(channel)]
        return Look(channel, number, self.minutes, category, count, around, having)


class Look(msgspec.Struct, frozen=True):
    """The middle of what is kept: a count of one channel, and of the other all around it."""

    channel: Channel
    number: int
    minutes: int
    category: str
    count: int
    around: int
    blocks: list[Block]
    """Those of the middle that have any of the channel."""

    @property
    def since(self) -> datetime:
        return moment_of(self.blocks[0].number, self.minutes)

    @property
    def last(self) -> datetime:
        return moment_of(self.blocks[-1].number + 1, self.minutes)

    @property
    def detected(self) -> datetime:
        return moment_of(self.number + 1, self.minutes)

    @property
    def day(self) -> int:
        """Since 1970."""
        return self.number * self.minutes // (24 * 60)

    @property
    def newest(self) -> int:
        """What the last part of the middle has of the category."""
        end = self.blocks[-1]
        is_last = end.number == self.number - PARTS
        return end.of(self.channel).get(self.category, 0) if is_last else 0

    @property
    def people(self) -> bytes:
        """The sketch of the people in what was sent of the category."""
        return merge_sketches(*(one.subjects.get(self.category, b"") for one in self.blocks))

    @property
    def fields(self) -> tuple[str, ...]:
        return reduce(merge_names, (one.fields for one in self.blocks), ())

    @property
    def destinations(self) -> tuple[str, ...]:
        return reduce(merge_names, (one.destinations for one in self.blocks), ())


def count_of(blocks: Iterable[Block], channel: Channel) -> tuple[str, int]:
    """The fullest category and its count: a record has one value of each."""
    total: dict[str, int] = {}
    for block in blocks:
        for name, count in block.of(channel).items():
            total[name] = total.get(name, 0) + count
    return (fullest(total), max(total.values())) if total else ("", 0)


def fullest(counts: dict[str, int]) -> str:
    return max(sorted(counts), key=lambda name: counts[name])


def part_of(moment: datetime, minutes: int) -> int:
    """The number of the part of so many minutes that a moment is in, since 1970."""
    return int((moment - _EPOCH).total_seconds() // 60) // minutes


def moment_of(part: int, minutes: int) -> datetime:
    """When a part begins."""
    return _EPOCH + timedelta(minutes=part * minutes)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
