"""All couples, as minutes close and time passes.

A couple begins with its first access record: most services have none, and cost nothing. What comes
out depends on the minutes' sums alone, not on how time was advanced.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from detectors.anomaly.counterpart.balance import Balance, Look
from detectors.anomaly.counterpart.couple import OTHER, Couple, Side
from detectors.anomaly.counterpart.feeds import Feeds, Whose
from detectors.anomaly.counterpart.settings import PARTS, CounterpartSettings
from detectors.anomaly.counterpart.telling import RULES, Teller, Who
from detectors.anomaly.counterpart.trace_join import TraceJoin
from detectors.anomaly.counterpart.tracer import Missed, Tracer
from detectors.anomaly.counterpart.usual import Compared, Episode, Usual
from detectors.anomaly.report import Names
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.flow import Channel

Pair = tuple[str, bytes | None]
CHANNELS: dict[str, Channel] = {rule: channel for channel, rule in RULES.items()}
KINDS = ("couple", "traces", "feeds")
"""The first part of the keys of what is stored."""
StateT = TypeVar("StateT")


class Matcher:
    """See the module."""

    def __init__(self, settings: CounterpartSettings, names: Names, most: int = 20_000) -> None:
        """`most` couples at most are watched."""
        self._settings, self._most = settings, most
        self._teller = Teller(settings, names)
        self.couples: dict[Whose, Couple] = {}
        self.tracer = Tracer(settings, most, self._has_told)
        self.feeds = Feeds()
        self._waiting: set[Whose] = set()
        self._weighed: set[Whose] = set()
        """Those whose balance has something in it."""
        self._changed: set[Whose] = set()

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> Iterator[Finding]:
        """The sums of a minute, of all keys; minutes come in order, each once."""
        yield from self.pass_time(minute)
        parts = list(parts)
        self.feeds.take(minute, parts)
        self.tracer.take(minute, parts)
        brought: dict[Whose, dict[Channel, list[PartialSum]]] = {}
        for part in parts:
            whose = (part.subprocessor, part.service)
            if self._is_watched(whose, part):
                brought.setdefault(whose, {}).setdefault(part.channel, []).append(part)
        for whose, channels in brought.items():
            couple = self._couple(whose)
            couple.registered |= any(part.registered for part in next(iter(channels.values())))
            couple.take(minute, channels, self._settings.within)
            self._note(whose, couple)

    def pass_time(self, until: datetime) -> Iterator[Finding]:
        """Every minute before `until` was taken."""
        while (moment := self._next()) is not None and moment <= until:
            for _, whose, channel in self._due(moment):
                yield from self._give_up(whose, channel)
            for whose in self._ending(moment):
                yield from self._weigh(whose)
            for missed in self.tracer.pass_time(moment, self.feeds):
                yield self._untraced(missed)

    def _couple(self, whose: Whose) -> Couple:
        if whose not in self.couples:
            self.couples[whose] = Couple(balance=Balance(minutes=self._settings.part_minutes))
        return self.couples[whose]

    def _is_watched(self, whose: Whose, part: PartialSum) -> bool:
        if whose in self.couples:
            return True
        return part.channel == "access" and part.service != "" and len(self.couples) < self._most

    def _next(self) -> datetime | None:
        """When there is something to decide."""
        dues = [
            side.alone.due
            for whose in self._waiting
            for _, side in self.couples[whose].sides
            if side.alone
        ]
        ends = [self.couples[whose].balance.ends for whose in self._weighed]
        traced = self.tracer.ends()
        return min([*dues, *ends, *([traced] if traced else [])], default=None)

    # -- nothing of the other channel

    def _due(self, until: datetime) -> list[tuple[datetime, Whose, Channel]]:
        return sorted(
            (side.alone.due, whose, channel)
            for whose in self._waiting
            for channel, side in self.couples[whose].sides
            if side.alone and side.alone.due <= until
        )

    def _give_up(self, whose: Whose, channel: Channel) -> Iterator[Finding]:
        """It has waited long enough. Once told it goes on waiting, while more comes."""
        couple = self.couples[whose]
        side = couple.side(channel)
        alone = side.alone
        if alone is None:
            return
        count, settings = alone.count(channel), self._settings
        fed = self._is_fed(whose, OTHER[channel], alone.since, alone.due)
        tells = (
            fed
            and side.is_known(settings)
            and side.is_much(count, settings)
            and not side.has_told(alone.since)
        )
        if fed and not alone.told:
            side.miss(count, settings, told=tells)
        if count > alone.told and (alone.told or tells):
            yield self._teller.alone(self._who(whose, channel), side, alone)
            alone.told, side.told_until = count, alone.last
            side.told_count = max(side.told_count, float(count))
            alone.due += settings.within
        else:
            side.alone = None
        self._note(whose, couple)

    # -- too little of the other channel

    def _ending(self, moment: datetime) -> list[Whose]:
        return sorted(
            whose for whose in self._weighed if self.couples[whose].balance.ends <= moment
        )

    def _weigh(self, whose: Whose) -> Iterator[Finding]:
        """A part of the time is over."""
        couple = self.couples[whose]
        number = couple.balance.next
        couple.balance.end(number)
        for channel, side in couple.sides:
            look = couple.balance.look(number, channel)
            if look.count >= self._settings.min_count and self._is_fed(
                whose, OTHER[channel], look.since, look.detected
            ):
                yield from self._compare(whose, side, look)
        self._note(whose, couple)

    def _compare(self, whose: Whose, side: Side, look: Look) -> Iterator[Finding]:
        usual, far = self.couples[whose].balance.usual(look.channel), self._settings.distance
        found = usual.compare(look.count, look.around)
        if found is not None and self._is_far(usual, look, found, far + side.raised):
            yield from self._told(whose, side, usual, look, found)
        usual.learn(look.count, look.around, look.day, found, far + side.raised)

    def _is_far(self, usual: Usual, look: Look, found: Compared, far: float) -> bool:
        settings = self._settings
        return (
            usual.days_before(look.day) >= settings.learning_days
            and found.distance >= far
            and look.count > BEYOND * found.most
            and look.count - found.most >= settings.min_count
        )

    def _told(
        self, whose: Whose, side: Side, usual: Usual, look: Look, found: Compared
    ) -> Iterator[Finding]:
        """What goes on is one finding that grows."""
        episode, more = usual.episode, look.newest
        if episode is None or look.number - episode.part > PARTS:
            if side.has_told(look.since):
                return
            episode = usual.episode = Episode(look.since, look.number)
            more = look.count
        episode.part, side.told_until = look.number, look.last
        who = self._who(whose, look.channel)
        far = self._settings.distance + side.raised
        yield self._teller.unbalanced(who, look, found, far, episode.since, more)

    # -- traces

    def _untraced(self, missed: Missed) -> Finding:
        whose = (missed.subprocessor, missed.service)
        if whose in self.couples:
            self.couples[whose].side(missed.channel).told_until = missed.last
            self._changed.add(whose)
        return self._teller.untraced(missed)

    def _has_told(self, whose: Whose, channel: Channel, since: datetime) -> bool:
        couple = self.couples.get(whose)
        return couple is not None and couple.side(channel).has_told(since)

    # -- verdicts

    def answer(self, feedback: Feedback) -> None:
        """What an analyst said of one of ours: what has its reasons is harder to tell again. A true
        positive changes nothing, since what is told teaches next to nothing."""
        channel = CHANNELS.get(feedback.rule)
        if channel is None or feedback.verdict not in ("expected", "false-positive"):
            return
        self.tracer.accept(feedback.subprocessor, feedback.services, channel)
        for (subprocessor, service), couple in self.couples.items():
            services = feedback.services or (service,)
            if subprocessor == feedback.subprocessor and service in services:
                couple.side(channel).accept()
                self._changed.add((subprocessor, service))

    # -- all

    def _who(self, whose: Whose, channel: Channel) -> Who:
        return Who(*whose, channel, self.couples[whose].registered)

    def _is_fed(self, whose: Whose, channel: Channel, since: datetime, now: datetime) -> bool:
        """Else its feed may be silent, and not they."""
        return self.feeds.are_heard(channel, whose, since) and not self.feeds.were_away(
            channel, since - self._settings.within, now
        )

    def _note(self, whose: Whose, couple: Couple) -> None:
        self._changed.add(whose)
        for some, belongs in (
            (self._waiting, any(side.alone for _, side in couple.sides)),
            (self._weighed, bool(couple.balance.blocks)),
        ):
            if belongs:
                some.add(whose)
            else:
                some.discard(whose)

    # -- storing

    def dump_changes(self) -> Iterator[Pair]:
        """What changed since the last call."""
        if self._changed or self.tracer.changed:
            yield _name("feeds"), _encode(self.feeds)
        for whose in sorted(self._changed):
            yield _name("couple", *whose), _encode(self.couples[whose])
        for subprocessor in sorted(self.tracer.changed):
            yield _name("traces", subprocessor), _encode(self.tracer.joins[subprocessor])
        self._changed.clear()
        self.tracer.changed.clear()

    def restore(self, kind: str, parts: Sequence[str], value: bytes) -> None:
        """One pair of `KINDS`. ValueError for what is none."""
        try:
            match kind, parts:
                case "couple", [subprocessor, service]:
                    self._restore((subprocessor, service), _decode(value, Couple))
                case "traces", [subprocessor]:
                    self.tracer.restore(subprocessor, _decode(value, TraceJoin))
                case "feeds", []:
                    self.feeds = _decode(value, Feeds)
                case _:
                    raise ValueError(f"counterpart state of an unknown kind: {kind}")
        except msgspec.DecodeError:
            raise ValueError("not the state of reads and sendings") from None

    def _restore(self, whose: Whose, couple: Couple) -> None:
        if couple.balance.minutes != self._settings.part_minutes:  # another time to wait
            couple.balance = Balance(minutes=self._settings.part_minutes)
        self.couples[whose] = couple
        self._note(whose, couple)
        self._changed.discard(whose)


_encode = msgspec.msgpack.encode


def _decode(value: bytes, kind: type[StateT]) -> StateT:
    return msgspec.msgpack.decode(value, type=kind)


BEYOND = 1.1
"""What is told is so many times the most that was ever seen in its place."""


def _name(*parts: str) -> str:
    return msgspec.json.encode(parts).decode()
