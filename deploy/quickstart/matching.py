"""What was found of what really happened, and what was said of nothing: pure, and not lenient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.quickstart.incidents import Truth
from detectors.records import Alert, Finding

GRACE = timedelta(hours=1)
"""A finding may speak this long after an incident's end: baselines judge whole hours."""


@dataclass(frozen=True)
class Outcome:
    """One incident and the findings that found it: same sub-processor and service, an expected
    rule, the same time. `hints` are other rules, or services, that spoke of its consequences."""

    truth: Truth
    findings: tuple[Finding, ...]
    hints: tuple[str, ...]

    @property
    def found(self) -> bool:
        return bool(self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(sorted({one.rule for one in self.findings}))

    @property
    def delay(self) -> timedelta:
        """From the incident's beginning to the first finding."""
        return max(timedelta(), min(one.detected for one in self.findings) - self.truth.start)


@dataclass(frozen=True)
class Comparison:
    """Everything found against everything true. A false alert has no finding in any incident;
    a stray finding lies outside all of them, whether its alert is false or not."""

    outcomes: tuple[Outcome, ...]
    false_alerts: tuple[Alert, ...]
    stray_findings: int

    @property
    def found(self) -> int:
        return sum(outcome.found for outcome in self.outcomes)


def compare(
    truth: Sequence[Truth], alerts: Sequence[Alert], findings: Sequence[Finding]
) -> Comparison:
    """Matches by sub-processor, service, rule and time; an alert is judged by its findings, and is
    not false where an incident at its sub-processor explains one of them."""
    explained = [one for one in findings if any(_belongs(one, fact) for fact in truth)]
    groups = {(one.subprocessor, one.rule) for one in explained}
    return Comparison(
        outcomes=tuple(_outcome(fact, findings) for fact in truth),
        false_alerts=tuple(one for one in alerts if (one.subprocessor, one.rule) not in groups),
        stray_findings=len(findings) - len(explained),
    )


def overlaps(start: datetime, end: datetime, fact: Truth) -> bool:
    """Whether a time touches an incident's, or the hour after it."""
    return start < fact.end + GRACE and end >= fact.start


def _outcome(fact: Truth, findings: Iterable[Finding]) -> Outcome:
    mine = [one for one in findings if _belongs(one, fact)]
    direct = [one for one in mine if one.rule in fact.expect and one.service == fact.service]
    return Outcome(
        truth=fact,
        findings=tuple(direct),
        hints=tuple(sorted({one.rule for one in mine if one not in direct})),
    )


def _belongs(finding: Finding, fact: Truth) -> bool:
    return (
        finding.subprocessor == fact.subprocessor
        and finding.rule in {*fact.expect, *fact.explains}
        and overlaps(finding.window, finding.last, fact)
    )
