"""Second opinions on every sub-processor, an hour at a time: what the baseline stage calls.

`fold` adds a minute's sum to the hour under way, `close_hour` asks the models about the hour and
teaches it to them. An opinion becomes a finding only where the hour is stranger than every kept one
and also far from the usual in numbers: a model's word alone is too often nothing.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from detectors.anomaly.opinion import words
from detectors.anomaly.opinion.drift import DriftModel
from detectors.anomaly.opinion.model import Opinion, RiverModel
from detectors.anomaly.opinion.river import check_drift, check_model
from detectors.anomaly.opinion.settings import DriftSettings, OpinionSettings
from detectors.anomaly.report import Names
from detectors.ids import stable_id
from detectors.records import Evidence, Finding, PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import HOUR

Whose = tuple[Channel, str]
"""(channel, sub-processor)."""
Pair = tuple[str, bytes | None]
KINDS = ("opinion", "drift", "opinion-hour")
"""The first part of the keys of what is stored."""


class _Hour(msgspec.Struct):
    """The hour under way of one sub-processor."""

    registered: bool = False
    values: int = 0


class Panel:
    """No settings, no opinions, and nothing of river is imported."""

    def __init__(
        self,
        second: OpinionSettings | None,
        drift: DriftSettings | None,
        names: Names,
        min_count: int = 20,
        most: int = 10_000,
    ) -> None:
        """`most` sub-processors at most are looked at. ValueError where river is missing, or does
        not know what is configured."""
        self._second, self._drift = second, drift
        self._names, self._min_count, self._most = names, min_count, most
        self.hours: dict[Whose, _Hour] = {}
        self.models: dict[Whose, RiverModel] = {}
        self.drifts: dict[Whose, DriftModel] = {}
        self._changed: set[Whose] = set()
        self._learnt = False
        if second:
            check_model(second.model, second.parameters)
        if drift:
            check_drift(drift.detector, drift.parameters)

    @property
    def is_asked(self) -> bool:
        """Whether any opinion is configured; otherwise there is nothing to fold."""
        return self._second is not None or self._drift is not None

    def fold(self, part: PartialSum) -> None:
        if part.category == ANY_CATEGORY or not self.is_asked:
            return
        whose = (part.channel, part.subprocessor)
        if whose not in self.hours and len(self.hours) >= self._most:
            return
        hour = self.hours.setdefault(whose, _Hour())
        hour.registered |= part.registered
        hour.values += part.values
        self._changed.add(whose)

    def close_hour(self, hour: datetime) -> Iterator[Finding]:
        """For an hour in which the feed had events; silent sub-processors count with 0."""
        for whose in sorted(self.hours):
            total = self.hours[whose]
            yield from self._second_opinion(whose, hour, total)
            yield from self._drifted(whose, hour, total)
            self.hours[whose] = _Hour(total.registered)
        self._changed |= set(self.hours)
        self._learnt |= bool(self.hours)

    def _second_opinion(self, whose: Whose, hour: datetime, total: _Hour) -> Iterator[Finding]:
        if self._second is None:
            return
        model = self.models.get(whose)
        if model is None:
            model = self.models[whose] = RiverModel(self._second)
        opinion = model.take_one(hour, float(total.values))
        if opinion and self._is_news(opinion, total.values, self._second.min_ratio):
            who = self._names.subprocessor(whose[1])
            message = words.strange(who, self._second.model, total.values, opinion, hour)
            yield _finding("second-opinion", whose, hour, total, message, opinion)

    def _drifted(self, whose: Whose, hour: datetime, total: _Hour) -> Iterator[Finding]:
        if self._drift is None:
            return
        model = self.drifts.get(whose)
        if model is None:
            model = self.drifts[whose] = DriftModel(self._drift)
        if model.take_one(hour, float(total.values)):
            who = self._names.subprocessor(whose[1])
            message = words.level_changed(who, self._drift.detector, model.lately(), hour)
            yield _finding("level-changed", whose, hour, total, message)

    def _is_news(self, opinion: Opinion, values: int, ratio: float) -> bool:
        expected = opinion.score.expected
        many, few = max(values, expected), min(values, expected)
        return opinion.as_strange == 0 and many >= ratio * few and many - few >= self._min_count

    # -- storing

    def dump_changes(self) -> Iterator[Pair]:
        """What changed since the last call."""
        for whose in sorted(self._changed):
            yield _name("opinion-hour", whose), msgspec.msgpack.encode(self.hours[whose])
            if self._learnt and whose in self.models:
                yield _name("opinion", whose), self.models[whose].dump()
            if self._learnt and whose in self.drifts:
                yield _name("drift", whose), self.drifts[whose].dump()
        self._changed.clear()
        self._learnt = False

    def restore(self, kind: str, channel: str, subprocessor: str, value: bytes) -> None:
        """One pair, of one of `KINDS`. What is no longer configured is dropped; what is configured
        otherwise learns the stored hours anew."""
        whose: Whose = ("access" if channel == "access" else "egress", subprocessor)
        if kind == "opinion-hour":
            self.hours[whose] = msgspec.msgpack.decode(value, type=_Hour)
        elif kind == "opinion" and self._second:
            self.models[whose] = RiverModel.load(value, self._second)
        elif kind == "drift" and self._drift:
            self.drifts[whose] = DriftModel.load(value, self._drift)


def _name(kind: str, whose: Whose) -> str:
    return msgspec.json.encode((kind, *whose)).decode()


def _finding(
    rule: str,
    whose: Whose,
    hour: datetime,
    total: _Hour,
    message: str,
    opinion: Opinion | None = None,
) -> Finding:
    score = opinion.score if opinion else None
    return Finding(
        timestamp=hour,
        last=hour + HOUR,
        detected=hour + HOUR,
        id=stable_id(rule, *whose, hour.isoformat()),
        kind="anomaly",
        rule=rule,
        message=message,
        channel=whose[0],
        subprocessor=whose[1],
        registered=total.registered,
        window=hour,
        values=total.values,
        score=round(abs(score.value), 3) if score else 0.0,
        evidence=Evidence(
            metric="values",
            observed=float(total.values),
            expected=score.expected if score else None,
            low=score.low if score else None,
            high=score.high if score else None,
            visits=score.visits if score else None,
            period=score.period if score else "",
        ),
    )
