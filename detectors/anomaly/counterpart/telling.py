"""Reads without a sending, and sendings without a read, as findings."""

from datetime import datetime
from math import log
from typing import NamedTuple

import numpy as np

from detectors.anomaly.counterpart import words
from detectors.anomaly.counterpart.balance import Look, fullest
from detectors.anomaly.counterpart.couple import Alone, Side
from detectors.anomaly.counterpart.settings import CounterpartSettings
from detectors.anomaly.counterpart.tracer import Missed
from detectors.anomaly.counterpart.usual import Compared
from detectors.anomaly.counts import surprise
from detectors.anomaly.report import Names
from detectors.distinct import estimate
from detectors.ids import stable_id
from detectors.records import Evidence, Finding
from detectors.records.flow import Channel
from detectors.windows import MINUTE

RULES: dict[Channel, str] = {
    "access": "access-without-egress",
    "egress": "egress-without-access",
}


class Who(NamedTuple):
    """A channel of a service and a sub-processor."""

    subprocessor: str
    service: str
    channel: Channel
    registered: bool


class Teller:
    """Puts what was found into findings. Counts in them are what each adds."""

    def __init__(self, settings: CounterpartSettings, names: Names) -> None:
        self._settings, self._names = settings, names

    def alone(self, who: Who, side: Side, alone: Alone) -> Finding:
        """Nothing of the other channel was there."""
        category = fullest(alone.values) if alone.values else ""
        count = alone.count(who.channel)
        subjects = alone.subjects.get(category, b"")
        times = (alone.due - alone.since) / self._settings.within
        return self._finding(
            who,
            since=alone.since,
            last=alone.last + MINUTE,
            detected=alone.due,
            category=category,
            message=words.lone(
                who.channel,
                who.service,
                self._names.subprocessor(who.subprocessor),
                alone,
                side.met,
                self._labels(alone.values),
                self._settings.within_minutes,
                estimate(subjects).value,
            ),
            more=count - alone.told,
            subjects=subjects,
            score=side.surprise() * times,
            evidence=Evidence(
                fields=alone.fields,
                destinations=alone.destinations,
                metric=_METRIC[who.channel],
                observed=float(count),
                expected=0.0,
                low=0.0,
                high=0.0,
                visits=side.days,
                period=f"{self._settings.within_minutes} minutes before and after",
            ),
        )

    def unbalanced(
        self, who: Who, look: Look, found: Compared, far: float, since: datetime, more: int
    ) -> Finding:
        """Far more than what the other channel had around it explains. `far` is the bar, `since`
        when what is told began."""
        subjects = look.people if who.channel == "egress" else b""
        unlikely = float(surprise(np.array([found.distance]))[0]) / log(10)
        bar = float(surprise(np.array([far]))[0]) / log(10)
        return self._finding(
            who,
            since=since,
            last=look.last,
            detected=look.detected,
            category=look.category,
            message=words.unbalanced(
                who.channel,
                who.service,
                self._names.subprocessor(who.subprocessor),
                self._names.category(look.category),
                look,
                found,
                self._settings.within_minutes,
                estimate(subjects).value,
            ),
            more=more,
            subjects=subjects,
            score=unlikely,
            evidence=Evidence(
                fields=look.fields,
                destinations=look.destinations,
                metric="values",
                observed=float(look.count),
                expected=round(found.expected, 1),
                low=0.0,
                high=round(found.most, 1),
                visits=int(found.looks),
                period=f"with so much {'sent' if who.channel == 'access' else 'read'} around",
                minutes=self._settings.within_minutes,
                likelihood=round(-unlikely, 3),
                bar=round(-bar, 3),
            ),
        )

    def untraced(self, missed: Missed) -> Finding:
        """Traces that the other channel never carried."""
        unlikely = missed.surprise / log(10)
        return self._finding(
            Who(missed.subprocessor, missed.service, missed.channel, missed.registered),
            since=missed.since,
            last=missed.last,
            detected=missed.detected,
            category="",
            message=words.untraced(
                missed, self._names.subprocessor(missed.subprocessor), self._settings.within_minutes
            ),
            more=missed.more,
            subjects=b"",
            score=unlikely,
            evidence=Evidence(
                metric=_METRIC[missed.channel],
                observed=float(missed.weight),
                expected=round(missed.usual * missed.of, 1),
                visits=missed.days,
                period=f"{self._settings.within_minutes} minutes before and after, by trace",
                likelihood=round(-unlikely, 3),
                bar=round(-missed.bar / log(10), 3),
            ),
        )

    def _labels(self, values: dict[str, int]) -> list[str]:
        return [self._names.category(name) for name in sorted(values)]

    def _finding(
        self,
        who: Who,
        *,
        since: datetime,
        last: datetime,
        detected: datetime,
        category: str,
        message: str,
        more: int,
        subjects: bytes,
        score: float,
        evidence: Evidence,
    ) -> Finding:
        rule = RULES[who.channel]
        return Finding(
            timestamp=since,
            last=last,
            detected=detected,
            id=stable_id(rule, who.subprocessor, who.service, since.isoformat()),
            kind="anomaly",
            rule=rule,
            message=message,
            channel=who.channel,
            subprocessor=who.subprocessor,
            registered=who.registered,
            service=who.service,
            category=category,
            window=since,
            events=more if evidence.metric == "events" else 0,
            values=more if evidence.metric == "values" else 0,
            subjects=subjects,
            score=round(score, 3),
            evidence=evidence,
        )


_METRIC: dict[Channel, str] = {"access": "values", "egress": "events"}
