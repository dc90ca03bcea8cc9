"""All couples, as minutes close and time passes.

A couple begins with its first access record: most services have none, and cost nothing. What comes
out depends on the minutes' sums alone, not on how time was advanced.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from detectors.anomaly.counterpart.couple import OTHER, Alone, Couple, Side
from detectors.anomaly.counterpart.settings import CounterpartSettings
from detectors.anomaly.counterpart.words import lone
from detectors.anomaly.report import Names
from detectors.ids import stable_id
from detectors.records import Evidence, Finding, PartialSum
from detectors.records.flow import Channel
from detectors.windows import MINUTE

Whose = tuple[str, str]
"""(sub-processor, service)."""
Pair = tuple[str, bytes | None]
KIND = "couple"
"""The first part of the keys of what is stored."""

RULES: dict[Channel, str] = {
    "access": "access-without-egress",
    "egress": "egress-without-access",
}


class Matcher:
    """See the module."""

    def __init__(self, settings: CounterpartSettings, names: Names, most: int = 20_000) -> None:
        """`most` couples at most are watched."""
        self._settings, self._names, self._most = settings, names, most
        self.couples: dict[Whose, Couple] = {}
        self._waiting: set[Whose] = set()
        self._changed: set[Whose] = set()

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> Iterator[Finding]:
        """The sums of a minute, of all keys; minutes come in order, each once."""
        yield from self.pass_time(minute)
        brought: dict[Whose, dict[Channel, list[PartialSum]]] = {}
        for part in parts:
            whose = (part.subprocessor, part.service)
            if self._is_watched(whose, part):
                brought.setdefault(whose, {}).setdefault(part.channel, []).append(part)
        for whose, channels in brought.items():
            couple = self.couples.setdefault(whose, Couple())
            couple.registered |= any(part.registered for part in next(iter(channels.values())))
            couple.take(minute, channels, self._settings.within)
            self._note(whose, couple)

    def pass_time(self, until: datetime) -> Iterator[Finding]:
        """Every minute before `until` was taken."""
        while due := self._due(until):
            for _, whose, channel in due:
                yield from self._give_up(whose, channel)

    def _is_watched(self, whose: Whose, part: PartialSum) -> bool:
        if whose in self.couples:
            return True
        return part.channel == "access" and part.service != "" and len(self.couples) < self._most

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
        count = alone.count(channel)
        tells = side.is_known(self._settings) and self._is_fed(whose, OTHER[channel], alone.since)
        if not alone.told:
            side.miss()
        if count > alone.told and (alone.told or (tells and count >= self._settings.min_count)):
            yield self._finding(whose, couple.registered, channel, side, alone)
            alone.told = count
            alone.due += self._settings.within
        else:
            side.alone = None
        self._note(whose, couple)

    def _is_fed(self, whose: Whose, channel: Channel, since: datetime) -> bool:
        """Whether others have had events of the channel: else its feed may be silent, not they."""
        others = [
            seen
            for other, couple in self.couples.items()
            if other != whose and (seen := couple.side(channel).seen)
        ]
        return not others or max(others) >= since

    def _note(self, whose: Whose, couple: Couple) -> None:
        self._changed.add(whose)
        if any(side.alone for _, side in couple.sides):
            self._waiting.add(whose)
        else:
            self._waiting.discard(whose)

    def _finding(
        self, whose: Whose, registered: bool, channel: Channel, side: Side, alone: Alone
    ) -> Finding:
        subprocessor, service = whose
        rule = RULES[channel]
        labels = [self._names.category(name) for name in sorted(alone.values)]
        who = self._names.subprocessor(subprocessor)
        waited = self._settings.within_minutes
        more = alone.count(channel) - alone.told
        return Finding(
            timestamp=alone.since,
            last=alone.last + MINUTE,
            detected=alone.due,
            id=stable_id(rule, subprocessor, service, alone.since.isoformat()),
            kind="anomaly",
            rule=rule,
            message=lone(channel, service, who, alone, side, labels, waited),
            channel=channel,
            subprocessor=subprocessor,
            registered=registered,
            service=service,
            window=alone.since,
            events=more if channel == "egress" else 0,
            values=more if channel == "access" else 0,
            score=round(side.surprise() * ((alone.due - alone.since) / self._settings.within), 3),
            evidence=Evidence(
                fields=alone.fields,
                destinations=alone.destinations,
                metric="values" if channel == "access" else "events",
                observed=float(alone.count(channel)),
                expected=0.0,
                low=0.0,
                high=0.0,
                visits=side.days,
                period=f"{waited} minutes before and after",
            ),
        )

    # -- storing

    def dump_changes(self) -> Iterator[Pair]:
        """What changed since the last call."""
        for whose in sorted(self._changed):
            yield _name(whose), msgspec.msgpack.encode(self.couples[whose])
        self._changed.clear()

    def restore(self, subprocessor: str, service: str, value: bytes) -> None:
        """One pair of `KIND`. ValueError for what is none."""
        try:
            couple = msgspec.msgpack.decode(value, type=Couple)
        except msgspec.DecodeError:
            raise ValueError("not the state of a couple") from None
        self.couples[subprocessor, service] = couple
        if any(side.alone for _, side in couple.sides):
            self._waiting.add((subprocessor, service))


def _name(whose: Whose) -> str:
    return msgspec.json.encode((KIND, *whose)).decode()
