"""How well alarms match a fleet's incidents: recall and delay by kind, false alarms by key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from detectors.records import Finding
from tests.support.fleet.happenings import moment
from tests.support.fleet.labels import Incident
from tests.support.fleet.scale import MINUTES_A_DAY
from tests.support.fleet.world import Fleet

AFTERMATH = timedelta(hours=24)
"""After an incident its sub-processor's alarms are neither right nor wrong."""
ONE_ALARM = timedelta(hours=6)
"""Alarms of one key and rule so near to each other are one."""


class Alarm(NamedTuple):
    """That something was unusual from `since` on, as known at `known`."""

    subprocessor: str
    service: str
    category: str
    channel: str
    rule: str
    since: datetime
    known: datetime
    score: float
    message: str = ""


@dataclass(frozen=True)
class Found:
    """What became of one incident. `known` is when the first alarm about it came, None: never.
    `shown` is its first minute with a request of its service: before that there is nothing to see.
    """

    incident: Incident
    known: datetime | None
    rules: tuple[str, ...]
    shown: datetime

    @property
    def in_time(self) -> bool:
        return self.known is not None and self.known <= self.incident.deadline

    @property
    def delay(self) -> timedelta | None:
        return self.known - self.incident.start if self.known else None

    @property
    def seen_for(self) -> timedelta | None:
        """How long there was something to see before it was found; of a silence, how long not."""
        if self.known is None or self.known <= self.shown:
            return self.delay
        return self.known - self.shown


@dataclass(frozen=True)
class Verdict:
    """What became of every incident, and the alarms that are about none."""

    found: list[Found]
    false: list[Alarm]
    key_weeks: float
    vendor_months: float

    @property
    def false_a_key_week(self) -> float:
        return len(self.false) / self.key_weeks

    @property
    def false_incidents_a_month(self) -> float:
        """False incidents a sub-processor and month: alarms of one rule within a day are one."""
        ends: dict[tuple[str, str], datetime] = {}
        count = 0
        for alarm in sorted(self.false, key=lambda one: one.known):
            group = (alarm.subprocessor, alarm.rule)
            count += group not in ends or alarm.known - ends[group] > timedelta(days=1)
            ends[group] = alarm.known
        return count / self.vendor_months


def alarm_of(finding: Finding) -> Alarm:
    return Alarm(
        finding.subprocessor,
        finding.service,
        finding.category,
        finding.channel,
        finding.rule,
        finding.timestamp,
        finding.detected,
        finding.score,
        finding.message,
    )


def judge(fleet: Fleet, alarms: Iterable[Alarm], first_day: int | None = None) -> Verdict:
    """From `first_day` on; by default after the days without incidents."""
    day = fleet.scale.quiet_days if first_day is None else first_day
    start = moment(day * MINUTES_A_DAY)
    seen = [alarm for alarm in alarms if alarm.known >= start]
    vendors = {key.course.stream.subprocessor for key in fleet.keys}
    days = fleet.scale.days - day
    return Verdict(
        found=[_found(fleet, incident, seen) for incident in fleet.incidents],
        false=_merged([one for one in seen if not _of_any(one, fleet.incidents)]),
        key_weeks=len(fleet.keys) * days / 7,
        vendor_months=len(vendors) * days / 30,
    )


def _found(fleet: Fleet, incident: Incident, alarms: Sequence[Alarm]) -> Found:
    about = sorted(
        (one for one in alarms if _about(one, incident) and one.known <= incident.deadline),
        key=lambda one: one.known,
    )
    rules = tuple(dict.fromkeys(alarm.rule for alarm in about))
    known = about[0].known if about else None
    return Found(incident, known, rules, _shown(fleet, incident))


def _shown(fleet: Fleet, incident: Incident) -> datetime:
    start = round((incident.start - moment(0)).total_seconds() / 60)
    whose = incident.channel, incident.subprocessor, incident.service
    for key in fleet.keys:
        stream = key.course.stream
        if key.share is None and (key.course.channel, stream.subprocessor, stream.service) == whose:
            return moment(start + int((key.events[start:] > 0).argmax()))
    return incident.start


def _about(alarm: Alarm, incident: Incident) -> bool:
    """An alarm about the whole vendor is about its services too."""
    return (
        alarm.subprocessor == incident.subprocessor
        and (not alarm.service or alarm.service == incident.service)
        and alarm.known > incident.start
    )


def _of_any(alarm: Alarm, incidents: Iterable[Incident]) -> bool:
    return any(
        alarm.subprocessor == one.subprocessor and one.start <= alarm.known <= one.end + AFTERMATH
        for one in incidents
    )


def _merged(alarms: Iterable[Alarm]) -> list[Alarm]:
    """One alarm for those of a key and rule that follow each other closely."""
    last: dict[tuple[str, ...], datetime] = {}
    kept: list[Alarm] = []
    for alarm in sorted(alarms, key=lambda one: one.known):
        key = (alarm.channel, alarm.subprocessor, alarm.service, alarm.category, alarm.rule)
        if key not in last or alarm.known - last[key] > ONE_ALARM:
            kept.append(alarm)
        last[key] = alarm.known
    return kept
