"""Traces of all sub-processors, as minutes close and time passes.

A sub-processor's join begins with its first access record that has a trace id.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime

import msgspec

from detectors.anomaly.counterpart.balance import moment_of, part_of
from detectors.anomaly.counterpart.couple import HIGHEST, OTHER
from detectors.anomaly.counterpart.feeds import Feeds
from detectors.anomaly.counterpart.settings import PARTS, CounterpartSettings
from detectors.anomaly.counterpart.trace_join import Carried, Tally, TraceJoin
from detectors.records import PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import ALL


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """Traces of one side that never met the other.

    `weight` are the records read, or the requests, in `traces` of all `of` that were looked at;
    `more` is what was not told before. `usual` is the share that misses without cause. Of the other
    side's `events` some brought no trace id.
    """

    subprocessor: str
    service: str
    channel: Channel
    registered: bool
    since: datetime
    last: datetime
    detected: datetime
    traces: int
    of: int
    weight: int
    more: int
    usual: float
    days: int
    surprise: float
    bar: float
    untraced: int
    events: int


class Tracer:
    """See the module."""

    def __init__(
        self,
        settings: CounterpartSettings,
        most: int,
        is_told: Callable[[tuple[str, str], Channel, datetime], bool],
    ) -> None:
        """`most` sub-processors at most are watched; `is_told` says whether a side's events from a
        moment on have been told in another way."""
        self._settings, self._most, self._is_told = settings, most, is_told
        self.joins: dict[str, TraceJoin] = {}
        self.changed: set[str] = set()

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> None:
        """The sums of a minute; minutes come in order."""
        number = part_of(minute, self._settings.part_minutes)
        for part in parts:
            if part.category == ANY_CATEGORY and self._is_watched(part):
                self.joins[part.subprocessor].take(number, part)
                self.changed.add(part.subprocessor)

    def _is_watched(self, part: PartialSum) -> bool:
        if part.subprocessor in self.joins:
            return True
        if part.channel == "access" and part.traces and len(self.joins) < self._most:
            self.joins[part.subprocessor] = TraceJoin(minutes=self._settings.part_minutes)
            return True
        return False

    def ends(self) -> datetime | None:
        """When the next part does."""
        found = [one.next for one in self.joins.values() if _is_live(one)]
        return moment_of(min(found) + 1, self._settings.part_minutes) if found else None

    def pass_time(self, moment: datetime, feeds: Feeds) -> Iterator[Missed]:
        """The parts that end at a moment."""

        def away(channel: Channel, part: int) -> bool:
            since = moment_of(part, self._settings.part_minutes) - self._settings.within
            return feeds.were_away(channel, since, moment)

        number = part_of(moment, self._settings.part_minutes) - 1
        for subprocessor in sorted(self.joins):
            join = self.joins[subprocessor]
            if not _is_live(join) or join.next > number:
                continue
            join.end(number, away)
            self.changed.add(subprocessor)
            yield from self._missed(subprocessor, join, number)
            if number % PARTS == PARTS - 1:
                join.close(self._day(number))

    def _missed(self, subprocessor: str, join: TraceJoin, number: int) -> Iterator[Missed]:
        for name in sorted(join.tallies):
            tally, (channel, service) = join.tallies[name], _side(name)
            other = join.carried.get(OTHER[channel], Carried())
            since = moment_of(tally.first, join.minutes)
            one_of = ALL / join.surely(number - PARTS)
            weight = round(tally.weight * one_of)
            if (
                weight > tally.told
                and self._is_much(tally, weight, number)
                and other.is_as_ever()
                and (tally.told or not self._is_told((subprocessor, service), channel, since))
            ):
                more, tally.told = weight - tally.told, weight
                yield Missed(
                    subprocessor=subprocessor,
                    service=service,
                    channel=channel,
                    registered=join.registered,
                    since=since,
                    last=moment_of(tally.last + 1, join.minutes),
                    detected=moment_of(number + 1, join.minutes),
                    traces=round(tally.now_missed * one_of),
                    of=round(tally.now * one_of),
                    weight=weight,
                    more=more,
                    usual=tally.usual(),
                    days=tally.days,
                    surprise=tally.surprise(),
                    bar=tally.bar,
                    untraced=other.untraced,
                    events=other.events,
                )

    def _is_much(self, tally: Tally, weight: int, number: int) -> bool:
        settings = self._settings
        return (
            tally.is_known(settings, self._day(number))
            and weight >= settings.min_count
            and tally.surprise() >= tally.bar
        )

    def _day(self, number: int) -> int:
        return number * self._settings.part_minutes // (24 * 60)

    def accept(self, subprocessor: str, services: Collection[str], channel: Channel) -> None:
        """An analyst has said that what was told has its reasons; of all services where none are
        named."""
        join = self.joins.get(subprocessor)
        for name, tally in join.tallies.items() if join else ():
            its_channel, service = _side(name)
            if its_channel == channel and (not services or service in services):
                tally.raised = min(tally.raised + 1, HIGHEST)
                self.changed.add(subprocessor)

    def restore(self, subprocessor: str, join: TraceJoin) -> None:
        """What was stored; of another time to wait it says nothing."""
        if join.minutes == self._settings.part_minutes:
            self.joins[subprocessor] = join


def _is_live(join: TraceJoin) -> bool:
    """Whether there is anything that time decides."""
    return bool(join.traces) or any(tally.now for tally in join.tallies.values())


def _side(name: str) -> tuple[Channel, str]:
    channel, _, service = name.partition(" ")
    return ("access" if channel == "access" else "egress"), service
