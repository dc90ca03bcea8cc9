"""The view of the last hour: what each sub-processor got, what was found, which alerts changed.

Flows are not read: the sums say the same, and do not grow in number with the events.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from detectors.distinct import estimate
from detectors.distinct import merge as merge_sketches
from detectors.findings import merge as merge_findings
from detectors.records import Alert, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import HOUR, MINUTE, merge, merge_names, minute_of
from monitor.live.hour import LastHour
from monitor.live.settings import LiveSettings

MINUTES = HOUR // MINUTE

SumKey = tuple[str, str]
"""Sub-processor and category."""


class CategoryView(msgspec.Struct, frozen=True, kw_only=True):
    """One data category at one sub-processor; `people` are distinct values, with their bounds at
    two standard deviations."""

    category: str
    events: int
    values: int
    people: int
    people_low: int
    people_high: int


class SubprocessorView(msgspec.Struct, frozen=True, kw_only=True):
    """One sub-processor; `minutes` are its events by minute, the oldest first, the last one under
    way; `findings` how many there are by rule."""

    subprocessor: str
    registered: bool
    events: int
    bytes: int
    minutes: tuple[int, ...]
    destinations: tuple[str, ...]
    categories: tuple[CategoryView, ...]
    findings: Mapping[str, int]


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that changed within the hour."""

    id: str
    title: str
    severity: str
    status: str
    subprocessor: str
    opened: datetime
    changed: datetime


class HourView(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. With `left_out` values, which had no room, counts are too low."""

    since: datetime
    subprocessors: tuple[SubprocessorView, ...]
    alerts: tuple[AlertView, ...]
    left_out: int


class LiveView:
    """Takes records in, gives the view of them. Pure but for its own state: takes `now`."""

    def __init__(self, settings: LiveSettings) -> None:
        self._sums = LastHour[SumKey, PartialSum](merge, settings.max_entries)
        self._findings = LastHour[str, Finding](merge_findings, settings.max_entries)
        self._alerts: dict[str, tuple[datetime, Alert]] = {}
        self._max_alerts = settings.max_alerts

    def add_sum(self, part: PartialSum, now: datetime) -> None:
        """Adds to its sub-processor and category; late sums count like others."""
        self._sums.add(part.window, (part.subprocessor, part.category), part, now)

    def add_finding(self, finding: Finding, now: datetime) -> None:
        """Adds a finding, or more of one that is known."""
        self._findings.add(finding.last, finding.id, finding, now)

    def put_alert(self, alert: Alert, changed: datetime) -> None:
        """The alert as it is since `changed`, in place of what it was."""
        self._alerts.pop(alert.id, None)
        self._alerts[alert.id] = (changed, alert)
        if len(self._alerts) > self._max_alerts:
            self._alerts.pop(next(iter(self._alerts)))

    def look(self, now: datetime) -> HourView:
        """The hour before `now`; the busiest sub-processor and the newest alert first."""
        sums: dict[str, list[tuple[datetime, PartialSum]]] = defaultdict(list)
        for minute, (subprocessor, _), part in self._sums.items(now):
            sums[subprocessor].append((minute, part))
        findings: dict[str, dict[str, Finding]] = defaultdict(dict)
        for _, name, finding in self._findings.items(now):
            findings[finding.subprocessor][name] = finding
        views = [
            _subprocessor(name, sums[name], findings[name].values(), now)
            for name in sorted({*sums, *findings})
        ]
        return HourView(
            since=minute_of(now) - HOUR + MINUTE,
            subprocessors=tuple(sorted(views, key=lambda view: -view.events)),
            alerts=tuple(self._recent(now)),
            left_out=self._sums.left_out + self._findings.left_out,
        )

    def _recent(self, now: datetime) -> Iterable[AlertView]:
        self._alerts = {
            name: (changed, alert)
            for name, (changed, alert) in self._alerts.items()
            if now - changed < HOUR
        }
        for changed, alert in sorted(self._alerts.values(), key=lambda one: one[0], reverse=True):
            yield AlertView(
                id=alert.id,
                title=alert.title,
                severity=alert.severity,
                status=alert.status,
                subprocessor=alert.subprocessor,
                opened=alert.opened,
                changed=changed,
            )


def _subprocessor(
    name: str,
    sums: Iterable[tuple[datetime, PartialSum]],
    findings: Iterable[Finding],
    now: datetime,
) -> SubprocessorView:
    by_category: dict[str, list[PartialSum]] = defaultdict(list)
    minutes = [0] * MINUTES
    for minute, part in sums:
        by_category[part.category].append(part)
        if part.category == ANY_CATEGORY:
            minutes[_place(minute, now)] += part.events
    whole = by_category.pop(ANY_CATEGORY, [])
    rules: dict[str, int] = defaultdict(int)
    for finding in findings:
        rules[finding.rule] += 1
    return SubprocessorView(
        subprocessor=name,
        registered=any(part.registered for part in whole),
        events=sum(minutes),
        bytes=sum(part.size for part in whole),
        minutes=tuple(minutes),
        destinations=_destinations(whole),
        categories=tuple(_category(one, by_category[one]) for one in sorted(by_category)),
        findings=dict(sorted(rules.items())),
    )


def _category(name: str, parts: list[PartialSum]) -> CategoryView:
    people = estimate(merge_sketches(*(part.subjects for part in parts)))
    return CategoryView(
        category=name,
        events=sum(part.events for part in parts),
        values=sum(part.values for part in parts),
        people=people.value,
        people_low=people.low,
        people_high=people.high,
    )


def _destinations(parts: list[PartialSum]) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    for part in parts:
        names = merge_names(names, part.destinations)
    return names


def _place(minute: datetime, now: datetime) -> int:
    """The minute's place among MINUTES; one ahead of the clock counts with the one under way."""
    ago = max(0, (minute_of(now) - minute) // MINUTE)
    return MINUTES - 1 - ago
