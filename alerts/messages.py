"""What people are told: one notification of one incident, before any sink gives it a form."""

from datetime import datetime
from typing import Literal

import msgspec

from detectors.records import Alert
from detectors.records.alert import Severity, Status

Why = Literal["first", "reopened", "grew", "repeat", "acknowledged", "resolved"]
"""Why a message is sent: the incident is new, it has come back after its end, its severity rose (or
its group has more incidents), it is still open after the repeat interval, somebody has taken it on,
or it was closed."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One incident of a group."""

    id: str
    title: str
    rule: str
    subprocessor: str
    severity: Severity
    status: Status
    opened: datetime
    last: datetime
    events: int
    values: int
    subjects_estimate: int


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """A sink that is told, and the route that says so; empty for the top of the tree."""

    sink: str
    route: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One notification. `id` is the idempotency key: the same for every attempt to send it.

    `receivers` are those that the routes name; unset until routes were asked, and in what is sent.
    `route` is the one by which this sink gets it. `repeat` says that an earlier attempt may have
    arrived. `instead_of` names the sink that could not deliver it, where this sink is told as its
    fallback.

    Of a group of several incidents, `alert` is the one that was told first with what they have in
    common (the gravest severity, all services), and `group` has a summary of each, the gravest
    first, of at most so many as fit; `members` is how many there are.
    """

    id: str
    why: Why
    alert: Alert
    decided: datetime
    repeat: bool = False
    instead_of: str = ""
    route: str = ""
    group: tuple[Summary, ...] = ()
    members: int = 1
    receivers: tuple[Receiver, ...] | msgspec.UnsetType = msgspec.UNSET
