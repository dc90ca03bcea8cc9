"""Anomalies as findings: ids, numbers and words."""

from datetime import datetime
from typing import Protocol

from detectors.anomaly import explain
from detectors.anomaly.base import Score
from detectors.anomaly.silence import Silence
from detectors.anomaly.state import Acquaintance, Key, RunningHour
from detectors.ids import stable_id
from detectors.records import Evidence, Finding, PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import HOUR, MINUTE


class Names(Protocol):
    """How sub-processors and categories are called in sentences."""

    def subprocessor(self, subprocessor: str) -> str: ...
    def category(self, category: str) -> str: ...


class Reporter:
    """Makes the findings of the baseline stage."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def new_category(self, part: PartialSum, known: Acquaintance, score: float) -> Finding:
        """A category that its sub-processor has not had in the learning period."""
        key = (part.channel, part.subprocessor, part.service, part.category)
        return Finding(
            timestamp=part.window,
            last=part.window + MINUTE,
            detected=part.window + MINUTE,
            id=stable_id("new-category", *key, part.window.isoformat()),
            kind="anomaly",
            rule="new-category",
            message=explain.new_category(
                self._what(key), self._where(key), known.since, len(known.categories) - 1
            ),
            channel=part.channel,
            subprocessor=part.subprocessor,
            registered=part.registered,
            service=part.service,
            category=part.category,
            window=part.window,
            events=part.events,
            values=part.values,
            subjects=part.subjects,
            score=score,
            evidence=Evidence(fields=part.fields, destinations=part.destinations),
        )

    def burst(
        self,
        key: Key,
        running: RunningHour,
        metric: str,
        observed: float,
        score: Score,
        hour: datetime,
        minute: datetime,
    ) -> Finding:
        """More in an hour than is usual. Counts what came since the hour's last report of it."""
        more = int(observed - running.reported.get(metric, 0))
        return Finding(
            timestamp=minute,
            last=minute + MINUTE,
            detected=minute + MINUTE,
            id=stable_id("volume-high", *key, metric, hour.isoformat()),
            kind="anomaly",
            rule="volume-high",
            message=explain.burst(self._what(key), self._where(key), metric, observed, score, hour),
            channel=_channel(key),
            subprocessor=key[1],
            registered=running.registered,
            service=key[2],
            category="" if key[3] == ANY_CATEGORY else key[3],
            window=hour,
            events=more if metric == "events" else 0,
            values=more if metric == "values" else 0,
            subjects=running.subjects,
            score=round(score.value, 3),
            evidence=_evidence(running, metric, observed, score),
        )

    def silence(
        self, key: Key, running: RunningHour, silence: Silence, score: Score, hour: datetime
    ) -> Finding:
        """Next to nothing for so many hours; one finding for as long as it lasts."""
        return Finding(
            timestamp=silence.since,
            last=hour + HOUR,
            detected=hour + HOUR,
            id=stable_id("volume-low", *key, silence.since.isoformat()),
            kind="anomaly",
            rule="volume-low",
            message=explain.silence(self._what(key), self._where(key), silence),
            channel=_channel(key),
            subprocessor=key[1],
            registered=running.registered,
            service=key[2],
            window=silence.since,
            score=round(silence.score, 3),
            evidence=_evidence(running, "events", silence.observed, score),
        )

    def _what(self, key: Key) -> str:
        return "requests" if key[3] == ANY_CATEGORY else self._names.category(key[3])

    def _where(self, key: Key) -> str:
        service = f" from {key[2]}" if key[2] else ""
        return f"to {self._names.subprocessor(key[1])}{service}"


def _evidence(running: RunningHour, metric: str, observed: float, score: Score) -> Evidence:
    return Evidence(
        fields=running.fields,
        destinations=running.destinations,
        metric=metric,
        observed=observed,
        expected=score.expected,
        low=score.low,
        high=score.high,
        visits=score.visits,
        period=score.period,
    )


def _channel(key: Key) -> Channel:
    return "access" if key[0] == "access" else "egress"
