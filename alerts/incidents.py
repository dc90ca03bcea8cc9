"""Findings into incidents: one for everything of one kind that is wrong with one sub-processor.

Pure: the same incidents, findings and commands give the same outcome. An incident stays open until
an analyst closes it; what its verdict says decides what a recurrence means.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from pydantic import Field

from alerts.severity import LEVELS, severity
from alerts.sinks.base import Message, Why
from detectors.distinct import Estimate, estimate
from detectors.distinct import merge as merge_sketches
from detectors.ids import stable_id
from detectors.records import Alert, Command, Feedback, Finding, HistoryEntry
from detectors.records.alert import Reason, Status
from detectors.rules import LEARNT_RULES, RULES
from detectors.windows import merge_names
from detectors.yamlfile import StrictModel

REASONS_KEPT = 5

GroupKey = tuple[str, str]
"""(sub-processor, rule): findings of one group belong to one incident."""


class IncidentSettings(StrictModel):
    """What a recurrence after closing means."""

    quiet_days: float = Field(
        default=7.0,
        ge=0,
        description="How long a verdict 'expected' or 'false-positive' keeps quiet",
    )


class Catalogue(Protocol):
    """Names and sensitivities, for titles and severities."""

    def subprocessor(self, subprocessor: str) -> str: ...
    def sensitivity(self, category: str) -> str: ...


def group_of(finding: Finding) -> GroupKey:
    return finding.subprocessor, finding.rule


def take_findings(
    current: dict[GroupKey, Alert],
    findings: Iterable[Finding],
    settings: IncidentSettings,
    catalogue: Catalogue,
) -> tuple[list[Alert], list[Message]]:
    """The incidents that `findings` change, and what people must be told of it.

    `current` holds the newest incident of every group that a finding is of, where there is one.
    """
    before = dict(current)
    after = dict(current)
    touched: dict[str, Alert] = {}
    for finding in findings:
        group = group_of(finding)
        alert = _joined(after.get(group), finding, settings, catalogue)
        after[group] = touched[alert.id] = alert
    messages = [
        message(alert, why, alert.last)
        for alert in touched.values()
        if (why := _worth_telling(before.get((alert.subprocessor, alert.rule)), alert))
    ]
    return list(touched.values()), messages


def apply_command(alert: Alert, command: Command) -> Alert:
    """The alert after an analyst's command; ValueError says why a command is refused."""
    if command.version is not None and command.version != alert.version:
        raise ValueError(
            f"alert {alert.id[:8]} has changed since you read it "
            f"(version {alert.version}, not {command.version}): look again"
        )
    if alert.status == "closed":
        raise ValueError(f"alert {alert.id[:8]} is closed already, as {alert.verdict}")
    if command.action == "close" and command.verdict is None:
        raise ValueError("closing needs a verdict: it is what the system learns from")
    status: Status = "closed" if command.action == "close" else "acknowledged"
    entry = HistoryEntry(at=command.at, what=status, who=command.who, note=command.note)
    return msgspec.structs.replace(
        alert,
        status=status,
        verdict=command.verdict if command.action == "close" else None,
        version=alert.version + 1,
        history=(*alert.history, entry),
    )


def feedback_of(alert: Alert, at: datetime) -> Feedback | None:
    """What the baselines learn from an alert that was closed at `at`; nothing where it is about the
    policy, or not closed."""
    if alert.status != "closed" or alert.verdict is None or alert.rule not in LEARNT_RULES:
        return None
    return Feedback(
        at=at,
        alert=alert.id,
        rule=alert.rule,
        verdict=alert.verdict,
        subprocessor=alert.subprocessor,
        services=alert.services,
        categories=alert.categories,
        since=alert.opened,
        until=alert.last,
    )


def message(alert: Alert, why: Why, decided: datetime) -> Message:
    """The notification of an alert; its id is the same whenever it is decided again."""
    return Message(
        id=stable_id(alert.id, why, alert.severity), why=why, alert=alert, decided=decided
    )


def _joined(
    alert: Alert | None, finding: Finding, settings: IncidentSettings, catalogue: Catalogue
) -> Alert:
    """The incident with one more finding, or a new incident for it."""
    if alert is None or _is_new_episode(alert, finding, settings, catalogue):
        alert = _opened(finding, alert.generation + 1 if alert else 0, catalogue)
    return _with(alert, finding, catalogue)


def _with(alert: Alert, finding: Finding, catalogue: Catalogue) -> Alert:
    """The incident with what a finding adds."""
    subjects = _with_subjects(alert.subjects, finding)
    people = max(map(estimate, subjects.values()), default=Estimate(0, 0, 0))
    categories = merge_names(alert.categories, (finding.category,) if finding.category else ())
    graver = max(
        alert.severity,
        severity(_most_sensitive(categories, catalogue), people.value, RULES[alert.rule].weight),
        key=LEVELS.index,
    )
    return msgspec.structs.replace(
        alert,
        opened=min(alert.opened, finding.timestamp),
        last=max(alert.last, finding.last),
        severity=graver,
        services=merge_names(alert.services, (finding.service,) if finding.service else ()),
        categories=categories,
        fields=merge_names(alert.fields, finding.evidence.fields),
        destinations=merge_names(alert.destinations, finding.evidence.destinations),
        reasons=_strongest(alert.reasons, finding),
        events=alert.events + finding.events,
        values=alert.values + finding.values,
        subjects=subjects,
        subjects_estimate=people.value,
        subjects_low=people.low,
        subjects_high=people.high,
        version=alert.version + 1,
    )


def _with_subjects(subjects: dict[str, bytes], finding: Finding) -> dict[str, bytes]:
    """The sketches of each category with the finding's added to its own."""
    if not finding.subjects:
        return subjects
    known = subjects.get(finding.category, b"")
    return {**subjects, finding.category: merge_sketches(known, finding.subjects)}


def _is_new_episode(
    alert: Alert, finding: Finding, settings: IncidentSettings, catalogue: Catalogue
) -> bool:
    """Whether a finding after an incident's end is a recurrence. Evidence from before the end, and
    what a benign verdict has explained, joins the closed incident in silence. A verdict explains
    what the analyst saw: not another category, and nothing graver."""
    if alert.status != "closed":
        return False
    closed = alert.history[-1].at
    if finding.last <= closed:
        return False
    if alert.verdict not in {"expected", "false-positive"}:
        return True
    explained = (not finding.category or finding.category in alert.categories) and _with(
        alert, finding, catalogue
    ).severity == alert.severity
    return not explained or finding.last > closed + timedelta(days=settings.quiet_days)


def _opened(finding: Finding, generation: int, catalogue: Catalogue) -> Alert:
    rule = RULES[finding.rule]
    return Alert(
        opened=finding.timestamp,
        last=finding.last,
        id=stable_id("alert", finding.subprocessor, finding.rule, generation),
        rule=finding.rule,
        title=f"{rule.title} {catalogue.subprocessor(finding.subprocessor)}",
        remedy=rule.remedy,
        query=_query(finding),
        status="open",
        severity="low",
        subprocessor=finding.subprocessor,
        generation=generation,
        version=0,
        history=(HistoryEntry(at=finding.timestamp, what="opened"),),
    )


def _query(finding: Finding) -> str:
    """The search that shows an incident's flows."""
    whose = f'subprocessor:"{finding.subprocessor}"'
    return f"{whose} AND violation:{finding.rule}" if finding.kind == "policy" else whose


def _most_sensitive(categories: Iterable[str], catalogue: Catalogue) -> str:
    grades = {catalogue.sensitivity(category) for category in categories}
    return next((grade for grade in ("special", "sensitive", "basic") if grade in grades), "")


def _strongest(reasons: tuple[Reason, ...], finding: Finding) -> tuple[Reason, ...]:
    """The strongest findings in words; one finding's newer words replace its older ones. Of
    findings in the same words one is kept, the same whatever order they came in."""
    mine = Reason(finding=finding.id, score=finding.score, message=finding.message)
    others = [one for one in reasons if one.finding != finding.id]
    ranked = sorted([mine, *others], key=lambda one: (-one.score, one.finding))
    by_words: dict[str, Reason] = {}
    for one in ranked:
        by_words.setdefault(one.message, one)
    return tuple(by_words.values())[:REASONS_KEPT]


def _worth_telling(before: Alert | None, alert: Alert) -> Why | None:
    if alert.status == "closed":
        return None
    if before is None or before.id != alert.id:
        return "first"
    return "grew" if LEVELS.index(alert.severity) > LEVELS.index(before.severity) else None
