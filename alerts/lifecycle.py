"""An incident's life: open, acknowledged, closed with a verdict, reopened where it comes back.

Pure. Each step is in the alert's history and raises its version, so that a command can name the
version it saw.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from pydantic import Field

from detectors.records import Alert, Command, Finding, HistoryEntry
from detectors.rules import OURSELVES
from detectors.yamlfile import StrictModel

HISTORY_KEPT = 200
"""Entries of a history: the first, and the newest of the others."""

EXPLAINED = frozenset(["expected", "false-positive", "duplicate"])
"""Verdicts that say what a recurrence means: nothing new, for a time."""


class IncidentSettings(StrictModel):
    """When an incident ends by itself, and what a recurrence after its end means."""

    quiet_days: float = Field(
        default=7.0,
        ge=0,
        description="How long a verdict 'expected', 'false-positive' or 'duplicate' keeps quiet",
    )
    reopen_days: float = Field(
        default=3.0,
        ge=0,
        description="How long after any other end a recurrence opens the same incident again; "
        "later it is a new one",
    )
    auto_close_days: float | None = Field(
        default=30.0,
        gt=0,
        description="An incident without evidence for so long is closed; unset: never",
    )


Recurrence = Literal["same", "reopened", "new"]
"""Evidence joins the closed incident in silence, opens it again, or is of a new one."""


def apply_command(alert: Alert, command: Command) -> Alert:
    """The alert after an analyst's command; ValueError says why a command is refused."""
    _require_fitting(alert, command)
    at, who, note = command.at, command.who, command.note
    match command.action:
        case "acknowledge":
            return _step(alert, "acknowledged", at, who, note, status="acknowledged")
        case "close":
            verdict = {"verdict": command.verdict, "duplicate_of": command.duplicate_of}
            return _step(alert, "closed", at, who, note, status="closed", **verdict)
        case "reopen":
            return reopened(alert, at, who, note)
        case "assign":
            return _step(alert, "assigned", at, who, note, assignee=command.assignee)
        case "note":
            return _step(alert, "noted", at, who, note)
        case "silence":
            raise ValueError("a silence is about no single alert")


def _require_fitting(alert: Alert, command: Command) -> None:
    name = f"alert {alert.id[:8]}"
    if command.version is not None and command.version != alert.version:
        raise ValueError(
            f"{name} has changed since you read it "
            f"(version {alert.version}, not {command.version}): look again"
        )
    if alert.status == "closed" and command.action in {"acknowledge", "close"}:
        raise ValueError(f"{name} is closed already, as {alert.verdict or 'quiet'}")
    if alert.status != "closed" and command.action == "reopen":
        raise ValueError(f"{name} is not closed")
    if command.action == "close" and command.verdict is None:
        raise ValueError("closing needs a verdict: it is what the system learns from")
    if command.duplicate_of and command.verdict != "duplicate":
        raise ValueError("only the verdict 'duplicate' names another alert")
    if command.duplicate_of == alert.id:
        raise ValueError("an alert is no duplicate of itself")
    if command.action == "note" and not command.note:
        raise ValueError("a note needs words")


def reopened(alert: Alert, at: datetime, who: str = "", note: str = "") -> Alert:
    """The same incident, open again."""
    fresh = {"status": "open", "verdict": None, "duplicate_of": "", "muted": ()}
    return _step(alert, "reopened", at, who, note, reopened=alert.reopened + 1, **fresh)


def closed_as_quiet(alert: Alert, at: datetime, note: str) -> Alert:
    """The incident after its end without a verdict: nobody looked, and nothing came any more."""
    return _step(alert, "closed", at, OURSELVES, note, status="closed", verdict=None)


def marked(alert: Alert, marks: tuple[str, ...], at: datetime) -> Alert:
    """The alert with what mutes it now."""
    if marks == alert.muted:
        return alert
    what = "muted" if marks else "unmuted"
    return _step(alert, what, at, OURSELVES, ", ".join(marks), muted=marks)


def closed_at(alert: Alert) -> datetime:
    """When a closed alert was closed, last."""
    return next(one.at for one in reversed(alert.history) if one.what == "closed")


def recurrence(
    alert: Alert, finding: Finding, settings: IncidentSettings, *, explained: bool
) -> Recurrence:
    """What evidence after an incident's end means. `explained`: it holds nothing that an analyst
    who closed the incident had not seen."""
    closed = closed_at(alert)
    if finding.last <= closed:
        return "same"
    if alert.verdict in EXPLAINED:
        within = finding.last <= closed + timedelta(days=settings.quiet_days)
        return "same" if explained and within else "new"
    within = finding.last <= closed + timedelta(days=settings.reopen_days)
    return "reopened" if within else "new"


def _step(
    alert: Alert, what: Any, at: datetime, who: str = "", note: str = "", **changes: Any
) -> Alert:
    history = (*alert.history, HistoryEntry(at=at, what=what, who=who, note=note))
    if len(history) > HISTORY_KEPT:
        history = (history[0], *history[1 - HISTORY_KEPT :])
    return msgspec.structs.replace(alert, version=alert.version + 1, history=history, **changes)
