"""The baseline stage: partial sums in, anomalies out, as event time moves on.

Sums wait in their minute until the watermark has passed it; then the minute is folded into the
running hour of its key and scored at once against the whole hour's usual range, so that a burst
is found within minutes. When the hour is over each key's model learns it, silent keys included.
What comes out depends only on the sums of each minute, not on how they were batched.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pydantic import Field

from detectors.anomaly.base import Model, Score
from detectors.anomaly.hourly import HourlyModel
from detectors.anomaly.report import Names, Reporter
from detectors.anomaly.silence import Silence, is_quiet
from detectors.anomaly.state import Acquaintance, Changes, Key, Progress, RunningHour
from detectors.distinct import estimate
from detectors.distinct import merge as merge_sketches
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE, hour_of, merge, merge_names
from detectors.yamlfile import StrictModel


class BaselineSettings(StrictModel):
    """When a number is called unusual."""

    threshold: float = Field(
        default=6.0, gt=0, description="Robust standard deviations from the median"
    )
    min_ratio: float = Field(default=3.0, gt=1, description="And at least so many times the usual")
    min_count: int = Field(default=20, ge=1, description="And at least so many, or so many missing")
    learning_days: float = Field(default=3.0, gt=0, description="Before a category counts as new")
    max_keys: int = Field(default=20_000, ge=1, description="Keys with a baseline of their own")


class Baseline:
    """The stage with its state in memory. `changed` tells the runner what to store."""

    def __init__(
        self,
        settings: BaselineSettings,
        names: Names,
        model: type[Model] = HourlyModel,
    ) -> None:
        self.settings = settings
        self._report = Reporter(names)
        self.new_model = model
        self.load_model = model.load
        self.progress = Progress()
        self.pending: dict[datetime, dict[Key, PartialSum]] = {}
        self.hours: dict[Key, RunningHour] = {}
        self.models: dict[tuple[Key, str], Model] = {}
        self.known: dict[tuple[str, str], Acquaintance] = {}
        self.changed = Changes()

    def take(self, sums: Iterable[PartialSum], watermark: datetime) -> list[Finding]:
        """Takes in sums and lets event time advance to `watermark`; what was found on the way."""
        for part in sums:
            self._wait(part)
        return list(self._advance(watermark))

    def announce(self, hours: Iterable[datetime]) -> None:
        """Hours in which the feed had an event, of whatever key: also of keys that another instance
        keeps. Announce an hour before the watermark passes its end. One instance that sees all sums
        needs no telling."""
        self.progress.active |= {hour for hour in hours if hour >= self.progress.hour}

    # -- event time

    def _wait(self, part: PartialSum) -> None:
        if part.late or part.window < self.progress.closed_until:
            self.progress.late_events += part.events if part.category == ANY_CATEGORY else 0
            return
        self.progress.active.add(hour_of(part.window))
        minute = self.pending.setdefault(part.window, {})
        key = (part.channel, part.subprocessor, part.service, part.category)
        minute[key] = merge(minute[key], part) if key in minute else part
        self.changed.sums.add((part.window, key))

    def _advance(self, watermark: datetime) -> Iterator[Finding]:
        for minute in sorted(self.pending):
            if minute + MINUTE > watermark:
                break
            yield from self._close_hours(hour_of(minute))
            for key, part in sorted(self.pending.pop(minute).items()):
                self.changed.sums.add((minute, key))
                yield from self._fold(key, part)
        if watermark > self.progress.closed_until:
            yield from self._close_hours(hour_of(watermark))
            self.progress.closed_until = watermark.replace(second=0, microsecond=0)

    def _close_hours(self, until: datetime) -> Iterator[Finding]:
        """Learns every hour before `until`. An hour in which no key had any event says nothing of
        a vendor: the feed itself was silent."""
        for hour in sorted(hour for hour in self.progress.active if hour < until):
            self.progress.hour = hour
            for key in sorted(self.hours):
                yield from self._close_hour(key, hour)
            self.progress.active.remove(hour)
        self.progress.hour = max(self.progress.hour, until)

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
        channel, subprocessor, _, category = key
        known = self.known.get((channel, subprocessor))
        if known is None:  # clean traffic counts: what comes later is new
            known = self.known[channel, subprocessor] = Acquaintance(since=part.window)
            self.changed.known.add((channel, subprocessor))
        if category == ANY_CATEGORY or category in known.categories:
            return
        known.categories[category] = part.window
        self.changed.known.add((channel, subprocessor))
        if part.window - known.since >= timedelta(days=self.settings.learning_days):
            yield self._report.new_category(part, known, self.settings.threshold)

    def _too_much(
        self, key: Key, running: RunningHour, metric: str, observed: float, minute: datetime
    ) -> Iterator[Finding]:
        if observed < self.settings.min_count or observed <= running.reported.get(metric, 0):
            return
        hour = self.progress.hour
        score = self._model(key, metric).score_one(hour, observed)
        if (
            score is not None
            and score.value >= self.settings.threshold
            and observed >= self.settings.min_ratio * score.expected
        ):
            yield self._report.burst(key, running, metric, observed, score, hour, minute)
            running.reported[metric] = observed

    def _close_hour(self, key: Key, hour: datetime) -> Iterator[Finding]:
        running = self.hours[key]
        for metric, observed in _metrics(key, running).items():
            model = self._model(key, metric)
            score = model.score_one(hour, observed)
            if score is not None and key[3] == ANY_CATEGORY:
                yield from self._too_little(key, running, observed, score, hour)
            if running.silence is None:
                # an attack must not become usual by lasting: it teaches the usual range at most
                model.learn_one(hour, min(observed, score.high) if score else observed)
                self.changed.models.add((key, metric))
        if running != (following := RunningHour(running.registered, silence=running.silence)):
            self.hours[key] = following
            self.changed.hours.add(key)

    def _too_little(
        self, key: Key, running: RunningHour, observed: float, score: Score, hour: datetime
    ) -> Iterator[Finding]:
        """Adds a quiet hour to the silence; any other hour in which something is usual ends it."""
        if not is_quiet(observed, score):
            if score.expected > 0 and running.silence is not None:
                running.silence = None
                self.changed.hours.add(key)
            return
        silence = running.silence = running.silence or Silence(since=hour)
        silence.add(observed, score)
        self.changed.hours.add(key)
        if (
            silence.score >= self.settings.threshold
            and silence.expected - silence.observed >= self.settings.min_count
        ):
            yield self._report.silence(key, running, silence, score, hour)

    def _model(self, key: Key, metric: str) -> Model:
        found = self.models.get((key, metric))
        if found is None:
            found = self.models[key, metric] = self.new_model()
        return found


def _metrics(key: Key, running: RunningHour) -> dict[str, float]:
    """The numbers that have a baseline: requests of the whole key, values and subjects of a
    category."""
    if key[3] == ANY_CATEGORY:
        return {"events": float(running.events)}
    return {"values": float(running.values), "subjects": float(estimate(running.subjects).value)}
