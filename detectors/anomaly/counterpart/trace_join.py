"""One sub-processor's traces: which were read under and never sent under, and the other way round.

A trace is joined over all services of the sub-processor: what reads and what sends may have
different names. It waits for its other side for the time to wait, then it has met or missed it.
Only hashes that every sum in that time was sure to name are asked (`detectors.traces`): of others
nobody can say that they were missing, and they are not counted.
"""

from collections.abc import Callable
from math import log
from typing import Final

import msgspec

from detectors.anomaly.counterpart.settings import PARTS, CounterpartSettings
from detectors.records import PartialSum
from detectors.records.flow import Channel
from detectors.traces import ALL, reach, unpack

MOST: Final = 256
"""Traces that wait at a time: of more, those with the smallest hashes."""
MEMORY: Final = 1_000.0
SERVICES: Final = 100
"""Services whose traces are counted."""
FADES: Final = 0.999
HOT: Final = 0.02
"""What is told counts so much: an attack must not become usual in two days."""
RARE: Final = 10.0
"""-ln of how likely so many misses are by chance, to be told."""
SURE: Final = 0.9
"""Of the usual share of events with a trace id the other side must have, or nothing is told."""

Side = tuple[Channel, str]
"""(channel, service)."""


class Trace(msgspec.Struct, array_like=True):
    """When it was last seen (a part of time), and each side's service and weight."""

    last: int
    services: dict[Channel, str] = {}
    weights: dict[Channel, int] = {}

    def add(self, number: int, channel: Channel, service: str, weight: int) -> None:
        self.last = number
        self.services.setdefault(channel, service)
        self.weights[channel] = self.weights.get(channel, 0) + weight


class Tally(msgspec.Struct):
    """How often the traces of one side met the other: before, and in the time under way."""

    met: float = 0.0
    missed: float = 0.0
    worst: float = 0.0
    """The largest share that missed in one time to wait; fades."""
    days: int = 0
    """On which some met, before the last of them."""
    day: int = 0
    now_met: int = 0
    now_missed: int = 0
    weight: int = 0
    """Of those that missed now: records read, or requests."""
    first: int = 0
    last: int = 0
    """Parts in which they were seen."""
    told: int = 0
    raised: int = 0
    """As of a couple's side."""

    @property
    def bar(self) -> float:
        """What the surprise must be, to be told."""
        return RARE * (1 + self.raised)

    @property
    def now(self) -> int:
        return self.now_met + self.now_missed

    def count(self, trace: Trace, channel: Channel, *, has_met: bool) -> None:
        if has_met:
            self.now_met += 1
            return
        self.first = min(self.first, trace.last) if self.now_missed else trace.last
        self.last = max(self.last, trace.last) if self.now_missed else trace.last
        self.now_missed += 1
        self.weight += trace.weights[channel]

    def usual(self) -> float:
        """The share that misses, at most, without cause."""
        return max((self.missed + 1) / (self.met + self.missed + 2), self.worst)

    def surprise(self) -> float:
        """-ln of the chance of so many misses, by Chernoff's bound; 0 where they are not many."""
        usual = self.usual()
        share = self.now_missed / self.now if self.now else 0.0
        if share <= usual or usual >= 1:
            return 0.0
        left = (1 - share) * log((1 - share) / (1 - usual)) if share < 1 else 0.0
        return self.now * (share * log(share / usual) + left)

    def is_known(self, settings: CounterpartSettings, day: int) -> bool:
        days = self.days + (self.day not in (0, day))
        return days >= settings.learning_days and self.met >= settings.min_met

    def close(self, day: int) -> None:
        """The time under way is over: what it had is usual from now on."""
        share = self.now_missed / (self.now + 3)
        if self.told:
            self.worst += HOT * max(share - self.worst, 0.0)
        else:
            self.worst = max(self.worst * FADES, share)
        if self.now_met and self.day != day:
            self.days += self.day != 0
            self.day = day
        counts = HOT if self.told else 1.0
        self.met += self.now_met * counts
        self.missed += self.now_missed * counts
        if self.met + self.missed > MEMORY:
            self.met, self.missed = self.met / 2, self.missed / 2
        self.now_met = self.now_missed = self.weight = self.told = 0


class Carried(msgspec.Struct, array_like=True):
    """Events of one channel in the time under way, those with a trace id, and what is usual."""

    events: int = 0
    traced: int = 0
    usual: float = 0.0

    @property
    def untraced(self) -> int:
        """Events that could not be joined."""
        return self.events - self.traced

    def is_as_ever(self) -> bool:
        return self.events == 0 or self.traced >= SURE * self.usual * self.events

    def close(self) -> None:
        if self.events:
            share = self.traced / self.events
            self.usual += 0.05 * (share - self.usual) if self.usual else share
        self.events = self.traced = 0


class TraceJoin(msgspec.Struct):
    """The traces of one sub-processor."""

    minutes: int = 0
    """Of a part of the time to wait."""
    next: int = 0
    """The part that ends next."""
    registered: bool = False
    traces: dict[int, Trace] = {}
    sure: dict[int, int] = {}
    """By part: hashes below it are all named."""
    tallies: dict[str, Tally] = {}
    carried: dict[Channel, Carried] = {}

    def take(self, number: int, part: PartialSum) -> None:
        """The sum of all events of a service in a minute of part `number`."""
        carried = self.carried.setdefault(part.channel, Carried())
        carried.events += part.events
        carried.traced += part.traced
        self.registered |= part.registered
        weights = unpack(part.traces)
        if not weights:
            return
        if not self.traces:
            self.next = number
        sure = min(self.sure.get(number, ALL), reach(weights))
        for trace, weight in weights.items():
            if trace < sure:
                known = self.traces.setdefault(trace, Trace(number))
                known.add(number, part.channel, part.service, weight)
        if len(self.traces) > MOST:
            kept = sorted(self.traces)[: MOST + 1]
            sure = min(sure, kept[MOST])
            self.traces = {trace: self.traces[trace] for trace in kept[:MOST]}
        self.sure[number] = sure

    def end(self, number: int, away: Callable[[Channel, int], bool]) -> None:
        """Part `number` is over: what has waited long enough has met or missed the other side.
        `away` says whether a channel was not heard for a while around a part."""
        self.next = number + 1
        old = number - PARTS
        for trace, one in [(trace, one) for trace, one in self.traces.items() if one.last <= old]:
            del self.traces[trace]
            lone = len(one.services) == 1
            if trace < self.surely(one.last) and not (lone and away(_missing(one), one.last)):
                self._count(one)
        self.sure = {part: sure for part, sure in self.sure.items() if part > old - PARTS}

    def surely(self, part: int) -> int:
        """Hashes below it were all named from the time to wait before a part until now."""
        return min((sure for one, sure in self.sure.items() if one >= part - PARTS), default=ALL)

    def _count(self, trace: Trace) -> None:
        has_met = len(trace.services) > 1
        for channel, service in trace.services.items():
            name = f"{channel} {service}"
            if name in self.tallies or len(self.tallies) < SERVICES:
                tally = self.tallies.setdefault(name, Tally())
                tally.count(trace, channel, has_met=has_met)

    def close(self, day: int) -> None:
        """The time under way is over."""
        for tally in self.tallies.values():
            tally.close(day)
        for carried in self.carried.values():
            carried.close()


def _missing(trace: Trace) -> Channel:
    """The channel that a lone trace lacks."""
    return "egress" if "access" in trace.services else "access"
