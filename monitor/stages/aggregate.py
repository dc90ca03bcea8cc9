"""The combiner: flows of one batch into partial sums and policy findings, one a key and minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.policy.explain import violation_message
from detectors.records import CategoryCount, Evidence, Finding, Flow, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.rules import RULES
from detectors.windows import NAMES_KEPT, minute_of
from monitor.stages.names import Names

_Key = tuple[str, str, str, str, datetime, bool]
"""As in `detectors.windows.SumKey`, with a rule in the channel's place for findings."""


@dataclass(slots=True)
class _Sum:
    first: Flow
    events: int = 0
    size: int = 0
    values: int = 0
    subjects: set[int] = field(default_factory=set[int])
    destinations: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])
    start: datetime | None = None
    end: datetime | None = None

    def add(self, flow: Flow, category: CategoryCount | None, subjects: set[int]) -> None:
        self.events += 1
        self.size += flow.size
        self.start = min(self.start or flow.timestamp, flow.timestamp)
        self.end = max(self.end or flow.timestamp, flow.timestamp)
        if flow.destination:
            self.destinations.add(flow.destination)
        if category:
            self.values += category.values
            self.subjects |= subjects
            self.fields.update(category.fields)


class Aggregate:
    """Adds flows up; `sums` and `findings` give what they add to each key's minute."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sums: dict[_Key, _Sum] = {}
        self._findings: dict[_Key, _Sum] = {}

    def add(self, flow: Flow, subjects: Mapping[str, set[int]]) -> None:
        """`subjects`: the pseudonyms of each data category in the flow."""
        minute = minute_of(flow.timestamp)
        whose = (flow.subprocessor, flow.service)
        self._to(self._sums, (flow.channel, *whose, ANY_CATEGORY, minute, flow.late), flow)
        by_name = {category.name: category for category in flow.categories}
        for name, category in by_name.items():
            key = (flow.channel, *whose, name, minute, flow.late)
            self._to(self._sums, key, flow, category, subjects.get(name))
        for violation in flow.violations:
            for name in violation.categories:
                key = (violation.rule, *whose, name, minute, False)
                self._to(self._findings, key, flow, by_name[name], subjects.get(name))

    def sums(self) -> list[PartialSum]:
        """In the order in which the keys came."""
        return [
            PartialSum(
                window=minute,
                channel=total.first.channel,
                subprocessor=subprocessor,
                registered=total.first.registered,
                service=service,
                category=category,
                events=total.events,
                size=total.size,
                values=total.values,
                subjects=sketch(total.subjects),
                destinations=_kept(total.destinations),
                fields=_kept(total.fields),
                late=late,
            )
            for (_, subprocessor, service, category, minute, late), total in self._sums.items()
        ]

    def findings(self) -> list[Finding]:
        """In the order in which the keys came."""
        return [self._finding(key, total) for key, total in self._findings.items()]

    def _finding(self, key: _Key, total: _Sum) -> Finding:
        rule, subprocessor, service, category, minute, _ = key
        flow = total.first
        return Finding(
            timestamp=total.start or minute,
            last=total.end or minute,
            detected=total.start or minute,
            id=stable_id(rule, flow.channel, subprocessor, service, category, minute.isoformat()),
            kind="policy",
            rule=rule,
            message=violation_message(
                rule,
                self._names.category(category),
                category,
                self._names.subprocessor(subprocessor),
                service,
            ),
            channel=flow.channel,
            subprocessor=subprocessor,
            registered=flow.registered,
            service=service,
            category=category,
            window=minute,
            events=total.events,
            values=total.values,
            subjects=sketch(total.subjects),
            score=float(10 + RULES[rule].weight),
            evidence=Evidence(
                fields=_kept(total.fields),
                destinations=_kept(total.destinations),
                seen=(flow.tls_version,) if rule == "weak-tls" else (),
            ),
        )

    @staticmethod
    def _to(
        totals: dict[_Key, _Sum],
        key: _Key,
        flow: Flow,
        category: CategoryCount | None = None,
        subjects: set[int] | None = None,
    ) -> None:
        total = totals.get(key)
        if total is None:
            total = totals[key] = _Sum(flow)
        total.add(flow, category, subjects or set())


def _kept(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:NAMES_KEPT])
