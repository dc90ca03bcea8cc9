"""An incident as people see it, and the commands by which they answer it."""

from datetime import datetime
from typing import Literal

import msgspec

from detectors.records.base import Record

Status = Literal["open", "acknowledged", "closed"]
Severity = Literal["low", "medium", "high", "critical"]
Verdict = Literal["true-positive", "expected", "false-positive", "duplicate"]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of an alert's state: what, when, by whom, and their words."""

    at: datetime
    what: Literal[
        "opened", "acknowledged", "closed", "reopened", "assigned", "noted", "muted", "unmuted"
    ]
    who: str = ""
    note: str = ""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One of the findings behind an alert, in words; the strongest are kept."""

    finding: str
    score: float
    message: str


class Alert(Record, frozen=True, kw_only=True):
    """One incident: everything of one kind that is wrong with one sub-processor, until closed.

    `id` is derived from sub-processor, rule and `generation` (how many of the same were closed
    before), so that redelivery overwrites. `version` grows with every change, for optimistic
    concurrency. `reopened` counts how often it has come back. `muted` says why nobody is told of it
    at present: `silence:ID`, `maintenance:NAME`, `inhibited:ALERT`, `flapping` or `storm`.

    `subjects` has a sketch of the distinct values of each data category. People are estimated by
    the category with the most of them (`subjects_estimate`, with its bounds at two standard
    deviations): a person's name, phone and address are three values and one person.
    """

    opened: datetime = msgspec.field(name="@timestamp")
    id: str = msgspec.field(name="event.id")
    last: datetime = msgspec.field(name="event.end")
    rule: str = msgspec.field(name="rule.id")
    title: str
    remedy: str
    query: str
    status: Status = msgspec.field(name="egresswatch.status")
    verdict: Verdict | None = msgspec.field(name="egresswatch.verdict", default=None)
    duplicate_of: str = msgspec.field(name="egresswatch.duplicate_of", default="")
    assignee: str = msgspec.field(name="egresswatch.assignee", default="")
    muted: tuple[str, ...] = msgspec.field(name="egresswatch.muted", default=())
    severity: Severity = msgspec.field(name="egresswatch.severity")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    services: tuple[str, ...] = msgspec.field(name="service.name", default=())
    categories: tuple[str, ...] = msgspec.field(name="egresswatch.category", default=())
    fields: tuple[str, ...] = msgspec.field(name="egresswatch.fields", default=())
    destinations: tuple[str, ...] = msgspec.field(name="destination.domain", default=())
    reasons: tuple[Reason, ...] = msgspec.field(name="egresswatch.reasons", default=())
    events: int = msgspec.field(name="egresswatch.events", default=0)
    values: int = msgspec.field(name="egresswatch.values", default=0)
    subjects: dict[str, bytes] = msgspec.field(name="egresswatch.subjects", default={})
    subjects_estimate: int = msgspec.field(name="egresswatch.subjects.estimate", default=0)
    subjects_low: int = msgspec.field(name="egresswatch.subjects.low", default=0)
    subjects_high: int = msgspec.field(name="egresswatch.subjects.high", default=0)
    generation: int = msgspec.field(name="egresswatch.generation", default=0)
    reopened: int = msgspec.field(name="egresswatch.reopened", default=0)
    version: int = msgspec.field(name="egresswatch.version")
    history: tuple[HistoryEntry, ...] = msgspec.field(name="egresswatch.history", default=())


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who keeps which alerts quiet, why, and until when. All `matchers` must fit an alert."""

    id: str
    matchers: tuple[str, ...]
    owner: str
    reason: str
    starts: datetime
    ends: datetime


Action = Literal["acknowledge", "close", "reopen", "assign", "note", "silence"]


class Command(Record, frozen=True, kw_only=True):
    """What an analyst says; kept in order, so that a replay gives the same state.

    `close` needs a verdict, `assign` an assignee, `note` a note. `version`, where given, is the
    alert's version the analyst saw: a command for an older one is refused. `silence` is about no
    alert: it adds the silence it brings, or replaces the one with its id (one that ends now).
    `rule`, in place of `alert`, means the open alert of that rule about the program itself: only
    the program knows it so.
    """

    at: datetime = msgspec.field(name="@timestamp")
    action: Action
    alert: str = ""
    rule: str = ""
    who: str = ""
    note: str = ""
    verdict: Verdict | None = None
    duplicate_of: str = ""
    assignee: str = ""
    version: int | None = None
    silence: Silence | None = None
