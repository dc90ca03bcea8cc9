"""What the baselines would have said under other settings: stored sums, replayed.

Both settings see all sums from the first one on, and the verdicts that analysts gave meanwhile, so
that they differ in nothing but what they are. Findings of one rule on one sub-processor that follow
each other within a day are one alert.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.report import Names
from detectors.records import Alert, Feedback, Finding, PartialSum
from detectors.windows import MINUTE

TOGETHER = timedelta(days=1)

Change = Literal["won", "lost", "kept"]


class Episode(NamedTuple):
    """What would be one alert: a rule, a sub-processor, a time, and the strongest finding."""

    subprocessor: str
    rule: str
    start: datetime
    end: datetime
    strongest: Finding


class Compared(NamedTuple):
    """One alert under two settings; `verdict` is what analysts said of it, empty where nothing."""

    change: Change
    episode: Episode
    verdict: str


def replay(
    settings: BaselineSettings,
    names: Names,
    sums: Iterable[PartialSum],
    answers: Sequence[Feedback] = (),
) -> list[Finding]:
    """The findings of sums in order of time. A verdict counts from its moment on."""
    baseline = Baseline(settings, names)
    waiting = sorted(answers, key=lambda one: one.at)
    findings: list[Finding] = []
    window = None
    for window, parts in groupby(sums, key=lambda one: one.window):
        while waiting and waiting[0].at <= window:
            baseline.answer(waiting.pop(0))
        findings += baseline.take(parts, window + MINUTE)
    if window is not None:
        findings += baseline.take([], window + MINUTE + timedelta(hours=1))
    return findings


def episodes(findings: Iterable[Finding], since: datetime) -> list[Episode]:
    """The alerts that findings would make, of those that were detected from `since` on."""
    found: dict[tuple[str, str], list[Episode]] = {}
    for one in sorted(findings, key=lambda one: (one.detected, one.id)):
        if one.detected < since:
            continue
        of_kind = found.setdefault((one.subprocessor, one.rule), [])
        fresh = Episode(one.subprocessor, one.rule, one.timestamp, one.last, one)
        if of_kind and one.timestamp - of_kind[-1].end <= TOGETHER:
            fresh = _joined(of_kind.pop(), fresh)
        of_kind.append(fresh)
    return [one for of_kind in found.values() for one in of_kind]


def _joined(a: Episode, b: Episode) -> Episode:
    strongest = b.strongest if b.strongest.score > a.strongest.score else a.strongest
    return a._replace(start=min(a.start, b.start), end=max(a.end, b.end), strongest=strongest)


def compare(
    before: Sequence[Episode], after: Sequence[Episode], alerts: Sequence[Alert]
) -> list[Compared]:
    """What changes from `before` to `after`, in order of time."""
    compared = [
        Compared("kept" if _any(one, before) else "won", one, _verdict(one, alerts))
        for one in after
    ]
    compared += [
        Compared("lost", one, _verdict(one, alerts)) for one in before if not _any(one, after)
    ]
    return sorted(compared, key=lambda one: (one.episode.start, one.episode[:2]))


def _any(one: Episode, others: Iterable[Episode]) -> bool:
    return any(_same(one, other) for other in others)


def _same(one: Episode, other: Episode) -> bool:
    return one[:2] == other[:2] and _near(one, other.start, other.end)


def _near(one: Episode, start: datetime, end: datetime) -> bool:
    return one.start <= end + TOGETHER and start <= one.end + TOGETHER


def _verdict(one: Episode, alerts: Iterable[Alert]) -> str:
    given = [
        alert.verdict
        for alert in alerts
        if alert.verdict
        and (alert.subprocessor, alert.rule) == one[:2]
        and _near(one, alert.opened, alert.last)
    ]
    return given[-1] if given else ""


def in_order(sums: Iterable[PartialSum]) -> Iterator[PartialSum]:
    """Without the late ones, which no baseline has seen."""
    return (one for one in sums if not one.late)
