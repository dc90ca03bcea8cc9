"""The combiner: flows of one batch into partial sums and policy findings, one a key and minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.membership import Prints, SetName, fingerprints, packed
from detectors.policy.explain import violation_message
from detectors.records import CategoryCount, Evidence, Finding, Flow, Members, PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.rules import RULES
from detectors.traces import pack, print_of
from detectors.windows import NAMES_KEPT, SumKey, minute_of
from monitor.stages.names import Names

_FindingKey = tuple[str, Channel, str, str, str, datetime]
"""(rule, channel, sub-processor, service, category, minute)."""

KeyT = TypeVar("KeyT")

PRINTS_KEPT = 100_000
"""Fingerprints in one record: 400 KB at most, less than a Kafka record may be."""


@dataclass(slots=True)
class _Sum:
    first: Flow
    events: int = 0
    size: int = 0
    values: int = 0
    subjects: set[int] = field(default_factory=set[int])
    destinations: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])
    regions: set[str] = field(default_factory=set[str])
    principals: set[str] = field(default_factory=set[str])
    traced: int = 0
    traces: dict[int, int] = field(default_factory=dict[int, int])
    start: datetime | None = None
    end: datetime | None = None

    def add(
        self, flow: Flow, category: CategoryCount | None, subjects: set[int], events: int
    ) -> None:
        self.events += events
        self.size += flow.size
        self.start = min(self.start or flow.timestamp, flow.timestamp)
        self.end = max(self.end or flow.timestamp, flow.timestamp)
        if flow.destination:
            self.destinations.add(flow.destination)
        if category:
            self.values += category.values
            self.subjects |= subjects
            self.fields.update(category.fields)

    def add_origin(self, flow: Flow) -> None:
        """From where, for whom, and as part of what a request came."""
        if flow.region:
            self.regions.add(flow.region)
        if flow.user_hash:
            self.principals.add(f"user:{flow.user_hash}")
        self.principals.update(f"role:{role}" for role in flow.user_roles)
        if flow.trace_id:
            self.traced += 1
            trace = print_of(flow.trace_id)
            weight = flow.rows if flow.channel == "access" else 1
            self.traces[trace] = self.traces.get(trace, 0) + weight


class Aggregate:
    """Adds flows up; `sums` and `findings` give what they add to each key's minute."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sums: dict[SumKey, _Sum] = {}
        self._findings: dict[_FindingKey, _Sum] = {}
        self._members: dict[tuple[str, str, datetime], set[int]] = {}

    def add(self, flow: Flow, subjects: Mapping[str, set[int]]) -> None:
        """`subjects`: the pseudonyms of each data category in the flow."""
        minute = minute_of(flow.timestamp)
        whose = (flow.subprocessor, flow.service)
        whole = (flow.channel, *whose, ANY_CATEGORY, minute, flow.late)
        self._to(self._sums, whole, flow).add_origin(flow)
        by_name = {category.name: category for category in flow.categories}
        for name, category in by_name.items():
            key = (flow.channel, *whose, name, minute, flow.late)
            self._to(self._sums, key, flow, category, subjects.get(name))
            if people := subjects.get(name):
                day = minute.replace(hour=0, minute=0)
                self._members.setdefault((flow.subprocessor, name, day), set()).update(people)
        for violation in flow.violations:
            for position, name in enumerate(violation.categories):
                found = (violation.rule, flow.channel, *whose, name, minute)
                # a request that breaks a rule with several categories is one request
                events = 1 if position == 0 else 0
                self._to(self._findings, found, flow, by_name[name], subjects.get(name), events)

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
                regions=_kept(total.regions),
                principals=_kept(total.principals),
                traced=total.traced,
                traces=pack(total.traces),
                late=late,
            )
            for (_, subprocessor, service, category, minute, late), total in self._sums.items()
        ]

    def members(self, key_id: str) -> list[Members]:
        """Who was among the people of each sub-processor, category and day; `key_id` names the
        key of the pseudonyms. A set of very many comes in parts."""
        return [
            Members(
                day=day,
                subprocessor=subprocessor,
                category=category,
                key_id=key_id,
                prints=packed(part),
            )
            for (subprocessor, category, day), people in self._members.items()
            for part in _parts(
                fingerprints(
                    SetName(subprocessor, category, day.date().isoformat(), key_id), people
                )
            )
        ]

    def findings(self) -> list[Finding]:
        """In the order in which the keys came."""
        return [self._finding(key, total) for key, total in self._findings.items()]

    def _finding(self, key: _FindingKey, total: _Sum) -> Finding:
        rule, channel, subprocessor, service, category, minute = key
        flow = total.first
        return Finding(
            timestamp=total.start or minute,
            last=total.end or minute,
            detected=total.start or minute,
            id=stable_id(rule, channel, subprocessor, service, category, minute.isoformat()),
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
        totals: dict[KeyT, _Sum],
        key: KeyT,
        flow: Flow,
        category: CategoryCount | None = None,
        subjects: set[int] | None = None,
        events: int = 1,
    ) -> _Sum:
        total = totals.get(key)
        if total is None:
            total = totals[key] = _Sum(flow)
        total.add(flow, category, subjects or set(), events)
        return total


def _kept(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:NAMES_KEPT])


def _parts(prints: Prints) -> list[Prints]:
    return [prints[start : start + PRINTS_KEPT] for start in range(0, len(prints), PRINTS_KEPT)]
