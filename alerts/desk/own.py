"""Incidents of the alerting itself: a storm, and a silence that ends while it still mutes.

They go the way of all alerts, but nothing mutes them, and each is a group of its own. They bear the
sub-processor of the first alert concerned, so that they live where its state does.
"""

from datetime import UTC, datetime

import msgspec

from alerts.desk.silences import Silenced
from detectors.ids import stable_id
from detectors.records import Alert, HistoryEntry
from detectors.records.alert import Severity
from detectors.rules import RULES

STORM, SILENCE_ENDS = "alert-storm", "silence-ends"
OWN = frozenset([STORM, SILENCE_ENDS])
"""Their rules."""


def storm_alert(first: Alert, since: datetime) -> Alert:
    """The incident of a storm in which this alert was the first one held back."""
    alert_id = stable_id(STORM, first.subprocessor, since.isoformat())
    return _own(STORM, alert_id, first, since, "muted:storm")


def grown_storm(alert: Alert, total: int, severity: Severity, now: datetime) -> Alert:
    """The incident of a storm that has held back so many messages, the gravest of this severity."""
    return msgspec.structs.replace(
        alert,
        title=f"{RULES[STORM].title} {total:,} messages were held back",
        severity=severity,
        events=total,
        last=now,
        version=alert.version + 1,
    )


def ending_alert(silenced: Silenced, first: Alert, muted: int, now: datetime) -> Alert:
    """The notice that a silence ends while so many open alerts are muted by it."""
    silence = silenced.silence
    alert = _own(SILENCE_ENDS, ending_id(silenced), first, now, f'muted:"{silenced.mark}"')
    count = "1 open alert" if muted == 1 else f"{muted:,} open alerts"
    ends = silence.ends.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    title = f"{RULES[SILENCE_ENDS].title} {count}, until {ends} (silence {silence.id})"
    return msgspec.structs.replace(alert, title=title)


def ending_id(silenced: Silenced) -> str:
    """The id of the notice of a silence's end."""
    return stable_id(SILENCE_ENDS, silenced.silence.id, silenced.silence.ends.isoformat())


def _own(rule: str, alert_id: str, first: Alert, now: datetime, query: str) -> Alert:
    return Alert(
        opened=now,
        id=alert_id,
        last=now,
        rule=rule,
        title=RULES[rule].title,
        remedy=RULES[rule].remedy,
        query=query,
        status="open",
        severity="low",
        subprocessor=first.subprocessor,
        version=1,
        history=(HistoryEntry(at=now, what="opened"),),
    )
