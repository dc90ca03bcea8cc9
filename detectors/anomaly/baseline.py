"""The baseline stage: partial sums in, anomalies out, as event time moves on.

Sums wait in their minute until the watermark has passed it; then the minute is folded into the
running hour of its key and scored at once against the whole hour's usual range, so that a burst
is found within minutes. When the hour is over each key's model learns it, silent keys included.
What comes out depends only on the sums of each minute, not on how they were batched.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from pydantic import Field

from detectors.anomaly import explain
from detectors.anomaly.base import Model, Score
from detectors.anomaly.hourly import HourlyModel
from detectors.anomaly.state import Acquaintance, Changes, Key, Pending, Progress, RunningHour
from detectors.distinct import estimate
from detectors.distinct import merge as merge_sketches
from detectors.ids import stable_id
from detectors.records import Evidence, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import HOUR, MINUTE, hour_of, merge, merge_names
from detectors.yamlfile import StrictModel


class BaselineSettings(StrictModel):
    """When a number is called unusual."""

    threshold: float = Field(6.0, gt=0, description="Robust standard deviations from the median")
    min_ratio: float = Field(3.0, gt=1, description="And at least so many times the usual")
    min_count: int = Field(20, ge=1, description="And at least so many, or so many missing")
    learning_days: float = Field(3.0, gt=0, description="Before a category counts as new")
    max_keys: int = Field(100_000, ge=1, description="Keys with a baseline of their own")


class Names(Protocol):
    """How sub-processors and categories are called in sentences."""

    def subprocessor(self, subprocessor: str) -> str: ...
    def category(self, category: str) -> str: ...


class Baseline:
    """The stage with its state in memory. `changed` tells the runner what to store."""

    def __init__(
        self,
        settings: BaselineSettings,
        names: Names,
        model: type[Model] = HourlyModel,
    ) -> None:
        self.settings = settings
        self.names = names
        self.new_model = model
        self.load_model = model.load
        self.progress = Progress()
        self.pending: dict[datetime, Pending] = {}
        self.hours: dict[Key, RunningHour] = {}
        self.models: dict[tuple[Key, str], Model] = {}
        self.known: dict[tuple[str, str], Acquaintance] = {}
        self.changed = Changes()

    def take(self, sums: Iterable[PartialSum], watermark: datetime) -> list[Finding]:
        """Takes in sums and lets event time advance to `watermark`; what was found on the way."""
        for part in sums:
            self._wait(part)
        return list(self._advance(watermark))

    # -- event time

    def _wait(self, part: PartialSum) -> None:
        if part.late or part.window < self.progress.closed_until:
            self.progress.late_events += part.events if part.category == ANY_CATEGORY else 0
            return
        minute = self.pending.setdefault(part.window, Pending()).sums
        key = (part.channel, part.subprocessor, part.service, part.category)
        minute[key] = merge(minute[key], part) if key in minute else part
        self.changed.minutes.add(part.window)

    def _advance(self, watermark: datetime) -> Iterator[Finding]:
        for minute in sorted(self.pending):
            if minute + MINUTE > watermark:
                break
            yield from self._close_hours(hour_of(minute))
            for key, part in sorted(self.pending.pop(minute).sums.items()):
                yield from self._fold(key, part)
            self.changed.minutes.add(minute)
        if watermark > self.progress.closed_until:
            yield from self._close_hours(hour_of(watermark))
            self.progress.closed_until = watermark.replace(second=0, microsecond=0)

    def _close_hours(self, until: datetime) -> Iterator[Finding]:
        """Learns every hour before `until`. An hour in which no key had any event says nothing of
        a vendor: the feed itself was silent."""
        if self.progress.hour < until and self._anything():
            hour = self.progress.hour
            for key in sorted(self.hours):
                yield from self._close_hour(key, hour)
        self.progress.hour = max(self.progress.hour, until)

    def _anything(self) -> bool:
        return any(running.events for running in self.hours.values())

    # -- one key

    def _fold(self, key: Key, part: PartialSum) -> Iterator[Finding]:
        running = self.hours.get(key)
        if running is None:
            if len(self.hours) >= self.settings.max_keys:
                self.progress.refused_keys += 1
                return
            running = self.hours[key] = RunningHour()
        running.registered = part.registered
        running.events += part.events
        running.values += part.values
        running.subjects = merge_sketches(running.subjects, part.subjects)
        running.destinations = merge_names(running.destinations, part.destinations)
        running.fields = merge_names(running.fields, part.fields)
        self.changed.hours.add(key)
        yield from self._first_seen(key, part)
        for metric, observed in _metrics(key, running).items():
            yield from self._too_much(key, running, metric, observed, part.window)

    def _first_seen(self, key: Key, part: PartialSum) -> Iterator[Finding]:
        channel, subprocessor, service, category = key
        if category == ANY_CATEGORY:
            return
        known = self.known.setdefault((channel, subprocessor), Acquaintance(since=part.window))
        if category in known.categories:
            return
        others = len(known.categories)
        known.categories[category] = part.window
        self.changed.known.add((channel, subprocessor))
        if (part.window - known.since).total_seconds() < self.settings.learning_days * 86_400:
            return
        message = explain.new_category(
            self.names.category(category), self._where(key), known.since, others
        )
        yield Finding(
            timestamp=part.window,
            last=part.window + MINUTE,
            id=stable_id("new-category", channel, subprocessor, category, part.window.isoformat()),
            kind="anomaly",
            rule="new-category",
            message=message,
            channel=part.channel,
            subprocessor=subprocessor,
            registered=part.registered,
            service=service,
            category=category,
            window=part.window,
            events=part.events,
            values=part.values,
            subjects=part.subjects,
            score=self.settings.threshold,
            evidence=Evidence(fields=part.fields, destinations=part.destinations),
        )

    def _too_much(
        self, key: Key, running: RunningHour, metric: str, observed: float, minute: datetime
    ) -> Iterator[Finding]:
        if observed < self.settings.min_count or observed <= running.reported.get(metric, 0):
            return
        score = self._model(key, metric).score_one(self.progress.hour, observed)
        if score is None or not self._is_burst(observed, score):
            return
        yield self._volume(key, running, "volume-high", metric, observed, score, minute)
        running.reported[metric] = observed

    def _close_hour(self, key: Key, hour: datetime) -> Iterator[Finding]:
        running = self.hours[key]
        for metric, observed in _metrics(key, running).items():
            model = self._model(key, metric)
            score = model.score_one(hour, observed)
            if score is None:
                model.learn_one(hour, observed)
            elif key[3] == ANY_CATEGORY and self._is_silence(observed, score):
                yield self._volume(key, running, "volume-low", metric, observed, score, hour)
            else:
                # an attack must not become usual by lasting: it teaches the usual range at most
                model.learn_one(hour, min(observed, score.high))
            self.changed.models.add((key, metric))
        if running.events or running.reported:
            self.hours[key] = RunningHour(registered=running.registered)
            self.changed.hours.add(key)

    def _is_burst(self, observed: float, score: Score) -> bool:
        return (
            score.value >= self.settings.threshold
            and observed >= self.settings.min_ratio * score.expected
        )

    def _is_silence(self, observed: float, score: Score) -> bool:
        return (
            score.expected - observed >= self.settings.min_count / 2
            and score.low > 0
            and observed * self.settings.min_ratio * 2 < score.expected
        )

    def _model(self, key: Key, metric: str) -> Model:
        found = self.models.get((key, metric))
        if found is None:
            found = self.models[key, metric] = self.new_model()
        return found

    def _where(self, key: Key) -> str:
        service = f" from {key[2]}" if key[2] else ""
        return f"to {self.names.subprocessor(key[1])}{service}"

    def _volume(
        self,
        key: Key,
        running: RunningHour,
        rule: str,
        metric: str,
        observed: float,
        score: Score,
        minute: datetime,
    ) -> Finding:
        channel, subprocessor, service, category = key
        hour = self.progress.hour
        more = int(observed - running.reported.get(metric, 0))
        what = "requests" if category == ANY_CATEGORY else self.names.category(category)
        return Finding(
            timestamp=minute,
            last=minute + (HOUR if rule == "volume-low" else MINUTE),
            id=stable_id(rule, *key, metric, hour.isoformat()),
            kind="anomaly",
            rule=rule,
            message=explain.volume(what, self._where(key), metric, observed, score, hour),
            channel="access" if channel == "access" else "egress",
            subprocessor=subprocessor,
            registered=running.registered,
            service=service,
            category="" if category == ANY_CATEGORY else category,
            window=hour,
            events=more if metric == "events" else 0,
            values=more if metric == "values" else 0,
            subjects=running.subjects,
            score=round(abs(score.value), 3),
            evidence=Evidence(
                fields=running.fields,
                destinations=running.destinations,
                metric=metric,
                observed=observed,
                expected=score.expected,
                low=score.low,
                high=score.high,
                visits=score.visits,
                period=score.period,
            ),
        )


def _metrics(key: Key, running: RunningHour) -> dict[str, float]:
    """The numbers that have a baseline: requests of the whole key, values and subjects of a
    category."""
    if key[3] == ANY_CATEGORY:
        return {"events": running.events}
    return {"values": running.values, "subjects": estimate(running.subjects).value}
