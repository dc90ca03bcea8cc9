"""Anomalies as findings: ids, numbers and words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log
from typing import Protocol

from detectors.anomaly import explain
from detectors.anomaly.alarm import Alarm, First
from detectors.anomaly.rows import Key
from detectors.anomaly.state import Details, moment_of
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

    def first(self, part: PartialSum, found: First, bar: float) -> Finding:
        """A name that its sub-processor has not had in the learning period."""
        key = (part.channel, part.subprocessor, part.service, part.category)
        what = {
            "category": self._what(key),
            "use": self._what(key),
            "field": f"{self._what(key)} in {found.name.split(' ', 1)[-1]}",
        }.get(found.kind, f"the {found.kind} {found.name}")
        return Finding(
            timestamp=part.window,
            last=part.window + MINUTE,
            detected=part.window + MINUTE,
            id=stable_id(found.rule, *key, found.name, part.window.isoformat()),
            kind="anomaly",
            rule=found.rule,
            message=explain.first(what, self._where(key), found),
            channel=part.channel,
            subprocessor=part.subprocessor,
            registered=part.registered,
            service=part.service,
            category=_category(key),
            window=part.window,
            events=part.events,
            values=part.values,
            subjects=part.subjects,
            score=bar,
            evidence=Evidence(
                fields=part.fields,
                destinations=part.destinations,
                seen=(found.name,) if found.kind in _SEARCHED else (),
                query=_query(key) + _origin(found),
            ),
        )

    def burst(
        self,
        key: Key,
        alarm: Alarm,
        details: Details,
        minute: datetime,
        more: float,
        siblings: Sequence[Key],
    ) -> Finding:
        """More than is usual. `more` came since the hour's last report of it."""
        hour = minute.replace(minute=0)
        period = "so many requests" if alarm.requests else _period(hour, alarm)
        others = self._siblings(key, siblings)
        message = explain.burst(self._what(key), self._where(key), alarm, period, others)
        return self._finding(
            key,
            alarm,
            details,
            identity=(alarm.metric, hour.isoformat()),
            message=message,
            window=hour,
            start=minute,
            end=minute + MINUTE,
            events=int(more) if alarm.metric == "events" else 0,
            values=int(more) if alarm.metric == "values" else 0,
            period=period,
            siblings=others,
        )

    def silence(self, key: Key, alarm: Alarm, details: Details, hour: datetime) -> Finding:
        """Next to nothing for so many hours; one finding for as long as it lasts."""
        since = moment_of(alarm.since)
        return self._finding(
            key,
            alarm,
            details,
            identity=(since.isoformat(),),
            message=explain.silence(self._what(key), self._where(key), alarm, since, hour + HOUR),
            window=since,
            start=since,
            end=hour + HOUR,
            period=_period(hour, alarm),
        )

    def stop(self, key: Key, alarm: Alarm, details: Details, until: datetime) -> Finding:
        """Nothing at all for so many minutes; one finding for as long as it lasts."""
        since = until - alarm.minutes * MINUTE
        return self._finding(
            key,
            alarm,
            details,
            identity=(since.isoformat(),),
            message=explain.stop(self._what(key), self._where(key), alarm, since),
            window=since.replace(minute=0),
            start=since,
            end=until,
            period=_period(until - MINUTE, alarm),
        )

    def shift(
        self,
        key: Key,
        alarm: Alarm,
        details: Details,
        hour: datetime,
        siblings: Sequence[Key],
    ) -> Finding:
        """A ratio has moved; one finding an hour."""
        others = self._siblings(key, siblings)
        return self._finding(
            key,
            alarm,
            details,
            identity=(alarm.metric, hour.isoformat()),
            message=explain.shift(self._what(key), self._where(key), alarm, others),
            window=hour,
            start=hour,
            end=hour + HOUR,
            period="hours with traffic",
            siblings=others,
        )

    def leak(
        self,
        key: Key,
        alarm: Alarm,
        details: Details,
        day: datetime,
        siblings: Sequence[Key],
    ) -> Finding:
        """Slow growth; one finding a day."""
        others = self._siblings(key, siblings)
        return self._finding(
            key,
            alarm,
            details,
            identity=(day.isoformat(),),
            message=explain.leak(self._what(key), self._where(key), alarm, others),
            window=day,
            start=moment_of(alarm.since),
            end=day + timedelta(days=1),
            period="days",
            siblings=others,
        )

    def explosion(self, key: Key, count: int, usual: float, hour: datetime) -> Finding:
        """New keys by the hundred; `key` is of the sub-processor with most of them."""
        whose = self._names.subprocessor(key[1])
        return Finding(
            timestamp=hour,
            last=hour + HOUR,
            detected=hour + HOUR,
            id=stable_id("key-explosion", key[0], key[1], hour.isoformat()),
            kind="anomaly",
            rule="key-explosion",
            message=explain.explosion(count, usual, hour, whose),
            channel=_channel(key),
            subprocessor=key[1],
            window=hour,
            score=10.0,
            evidence=Evidence(
                metric="new keys", observed=float(count), expected=usual, query=_query(key[:2])
            ),
        )

    def _finding(
        self,
        key: Key,
        alarm: Alarm,
        details: Details,
        *,
        identity: tuple[str, ...],
        message: str,
        window: datetime,
        start: datetime,
        end: datetime,
        period: str,
        events: int = 0,
        values: int = 0,
        siblings: Sequence[str] = (),
    ) -> Finding:
        return Finding(
            timestamp=start,
            last=end,
            detected=end,
            id=stable_id(alarm.rule, *key, *identity),
            kind="anomaly",
            rule=alarm.rule,
            message=message,
            channel=_channel(key),
            subprocessor=key[1],
            registered=details.registered,
            service=key[2],
            category=_category(key),
            window=window,
            events=events,
            values=values,
            subjects=details.subjects,
            score=round(alarm.likelihood / log(10), 3),
            evidence=Evidence(
                fields=details.fields,
                destinations=details.destinations,
                metric=alarm.metric,
                observed=alarm.observed,
                expected=alarm.expected,
                low=alarm.low,
                high=alarm.high,
                visits=alarm.visits,
                period=period,
                minutes=alarm.minutes,
                likelihood=round(-alarm.likelihood / log(10), 3),
                bar=round(-alarm.bar / log(10), 3),
                siblings=tuple(siblings),
                query=_query(key),
            ),
        )

    def _what(self, key: Key) -> str:
        return "requests" if key[3] == ANY_CATEGORY else self._names.category(key[3])

    def _where(self, key: Key) -> str:
        service = f" from {key[2]}" if key[2] else ""
        return f"to {self._names.subprocessor(key[1])}{service}"

    def _siblings(self, key: Key, siblings: Sequence[Key]) -> tuple[str, ...]:
        """Others of the sub-processor, by what tells them from `key`."""
        return tuple(
            self._what(other) if other[2] == key[2] else f"{self._what(other)} from {other[2]}"
            for other in siblings
        )


def _period(hour: datetime, alarm: Alarm) -> str:
    return f"{'weekends' if alarm.weekend else 'weekdays'} {hour:%H}:00"


def _category(key: Key) -> str:
    return "" if key[3] == ANY_CATEGORY else key[3]


def _channel(key: Key) -> Channel:
    return "access" if key[0] == "access" else "egress"


def _query(key: Sequence[str]) -> str:
    """The search that shows what a key counts."""
    _, subprocessor, service, category, *_ = (*key, "", "")
    parts = [f'subprocessor:"{subprocessor}"']
    if service:
        parts.append(f'service:"{service}"')
    if category and category != ANY_CATEGORY:
        parts.append(f"category:{category}")
    return " AND ".join(parts)


_SEARCHED = {"region": "region", "user": "user.hash", "role": "role"}
"""By what flows from a new origin are searched."""


def _origin(found: First) -> str:
    if found.kind not in _SEARCHED:
        return ""
    name = found.name.replace("\\", "\\\\").replace('"', '\\"')
    return f' AND {_SEARCHED[found.kind]}:"{name}"'
