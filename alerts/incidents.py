"""Findings into incidents: one for everything of one kind that is wrong with one sub-processor.

Pure: the same incidents and findings give the same outcome. What an incident's end means for what
comes after is in `alerts.lifecycle`; whom and when to tell, in `alerts.desk`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from alerts.lifecycle import IncidentSettings, Recurrence, recurrence, reopened
from alerts.severity import LEVELS, severity
from detectors.distinct import Estimate, estimate
from detectors.distinct import merge as merge_sketches
from detectors.ids import stable_id
from detectors.records import Alert, Feedback, Finding, HistoryEntry
from detectors.records.alert import Reason
from detectors.rules import LEARNT_RULES, RULES
from detectors.windows import merge_names

REASONS_KEPT = 5

GroupKey = tuple[str, str]
"""(sub-processor, rule): findings of one group belong to one incident."""


class Catalogue(Protocol):
    """Names and sensitivities, for titles and severities."""

    def subprocessor(self, subprocessor: str) -> str: ...
    def sensitivity(self, category: str) -> str: ...
    def owner(self, subprocessor: str) -> str: ...


def group_of(finding: Finding) -> GroupKey:
    return finding.subprocessor, finding.rule


def take_findings(
    current: dict[GroupKey, Alert],
    findings: Iterable[Finding],
    settings: IncidentSettings,
    catalogue: Catalogue,
) -> list[Alert]:
    """The incidents that `findings` change.

    `current` holds the newest incident of every group that a finding is of, where there is one.
    """
    after = dict(current)
    touched: dict[str, Alert] = {}
    for finding in findings:
        group = group_of(finding)
        alert = _joined(after.get(group), finding, settings, catalogue)
        after[group] = touched[alert.id] = alert
    return list(touched.values())


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


def _joined(
    alert: Alert | None, finding: Finding, settings: IncidentSettings, catalogue: Catalogue
) -> Alert:
    """The incident with one more finding, or a new incident for it."""
    if alert is None:
        return _with(_opened(finding, 0, catalogue), finding, catalogue)
    if alert.status == "closed":
        match _recurred(alert, finding, settings, catalogue):
            case "new":
                alert = _opened(finding, alert.generation + 1, catalogue)
            case "reopened":
                alert = reopened(alert, finding.last)
            case "same":
                pass
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


def _recurred(
    alert: Alert, finding: Finding, settings: IncidentSettings, catalogue: Catalogue
) -> Recurrence:
    """What evidence means for an incident that was closed. A verdict explains what the analyst saw:
    not another category, and nothing graver."""
    explained = (not finding.category or finding.category in alert.categories) and _with(
        alert, finding, catalogue
    ).severity == alert.severity
    return recurrence(alert, finding, settings, explained=explained)


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
