"""One service and sub-processor with both channels: what waits, and how often it has met."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import log

import msgspec

from detectors.anomaly.counterpart.balance import Balance
from detectors.anomaly.counterpart.settings import CounterpartSettings
from detectors.distinct import merge as merge_sketches
from detectors.records import PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import merge_names

MEMORY = 1_000
"""Meetings and misses remembered; then both are halved, so that old ways are forgotten."""
TIMES = 2.0
"""What is told is so many times the largest that was ever missed."""
TOLD = 0.25
FADES = 0.998
HIGHEST = 4
"""Verdicts that count."""
OTHER: dict[Channel, Channel] = {"access": "egress", "egress": "access"}


class Alone(msgspec.Struct):
    """What one channel has brought since the other was last seen."""

    since: datetime
    last: datetime
    due: datetime
    """When it has waited long enough."""
    events: int = 0
    values: dict[str, int] = {}
    """By category: values, or rows that were read."""
    fields: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    subjects: dict[str, bytes] = {}
    """By category: the people in what was sent."""
    told: int = 0
    """How much of it has been reported."""

    def add(self, minute: datetime, parts: Iterable[PartialSum]) -> None:
        self.last = minute
        for part in parts:
            if part.category == ANY_CATEGORY:
                self.events += part.events
                self.destinations = merge_names(self.destinations, part.destinations)
            else:
                self.values[part.category] = self.values.get(part.category, 0) + part.values
                self.fields = merge_names(self.fields, part.fields)
                if part.subjects:
                    known = self.subjects.get(part.category, b"")
                    self.subjects[part.category] = merge_sketches(known, part.subjects)

    def count(self, channel: Channel) -> int:
        """Records read, by the fullest category, since a record has one value of each; requests
        sent."""
        return max(self.values.values(), default=0) if channel == "access" else self.events


class Side(msgspec.Struct):
    """One channel of a couple, as the one that waits for the other."""

    seen: datetime | None = None
    """Its last minute with events."""
    alone: Alone | None = None
    met: float = 0.0
    missed: float = 0.0
    days: int = 0
    """On which it has met the other."""
    day: date | None = None
    counted: datetime | None = None
    largest: float = 0.0
    """The largest count that has missed the other; fades as others meet."""
    raised: int = 0
    """Verdicts that what was told had its reasons: each makes the next one harder to tell."""
    told_count: float = 0.0
    """The largest count that was told and not accepted."""
    told_until: datetime | None = None
    """What came up to then has been told, in whatever way."""

    def meet(self, minute: datetime, within: timedelta) -> None:
        """The other was there in time. Counts once in so many minutes."""
        alone, self.alone = self.alone, None
        if alone and alone.told:
            return
        if self.counted is not None and minute - self.counted < within:
            return
        self.counted = minute
        self.met += 1
        self.largest *= FADES
        if self.day != minute.date():
            self.day, self.days = minute.date(), self.days + 1
        self._forget()

    def miss(self, count: int, settings: CounterpartSettings, *, told: bool) -> None:
        """The other never came. So few that nobody would speak of them are no miss, and what is
        told counts little: an attack must not become usual."""
        if count >= settings.min_count:
            self.missed += TOLD if told else 1.0
            self._forget()
        if not told:
            self.largest = max(self.largest, float(count))

    def has_told(self, since: datetime) -> bool:
        """Whether what came from a moment on has been told already."""
        return self.told_until is not None and self.told_until >= since

    def is_much(self, count: int, settings: CounterpartSettings) -> bool:
        """Whether so many alone are worth a word."""
        return count >= settings.min_count and count >= TIMES * self.largest

    def accept(self) -> None:
        """An analyst has said that what was told has its reasons."""
        self.raised = min(self.raised + 1, HIGHEST)
        self.missed += 1.0 - TOLD
        self.largest, self.told_count = max(self.largest, self.told_count), 0.0

    def surprise(self) -> float:
        """-ln of how likely one more miss is, by Laplace's rule of succession."""
        return log((self.met + self.missed + 2) / (self.missed + 1))

    def is_known(self, settings: CounterpartSettings) -> bool:
        """Whether it may be said that the other is missing."""
        return (
            self.days >= settings.learning_days
            and self.met >= settings.min_met
            and self.missed <= settings.max_missed * (self.met + self.missed)
        )

    def _forget(self) -> None:
        if self.met + self.missed > MEMORY:
            self.met, self.missed = self.met / 2, self.missed / 2


class Couple(msgspec.Struct):
    """Both channels of one (sub-processor, service)."""

    registered: bool = False
    access: Side = msgspec.field(default_factory=Side)
    egress: Side = msgspec.field(default_factory=Side)
    balance: Balance = msgspec.field(default_factory=Balance)

    def side(self, channel: Channel) -> Side:
        return self.access if channel == "access" else self.egress

    @property
    def sides(self) -> tuple[tuple[Channel, Side], ...]:
        return ("access", self.access), ("egress", self.egress)

    def take(
        self,
        minute: datetime,
        brought: dict[Channel, list[PartialSum]],
        within: timedelta,
    ) -> None:
        """What a minute brought of each channel; minutes come in order."""
        self.balance.take(minute, (part for parts in brought.values() for part in parts))
        for channel in brought:
            self.side(channel).seen = minute
        for channel, side in self.sides:
            seen = self.side(OTHER[channel]).seen
            other_is_near = seen is not None and minute - seen < within
            if channel in brought and not other_is_near:
                if side.alone is None:
                    side.alone = Alone(since=minute, last=minute, due=minute + within)
                side.alone.add(minute, brought[channel])
            elif other_is_near and (channel in brought or side.alone):
                side.meet(minute, within)
