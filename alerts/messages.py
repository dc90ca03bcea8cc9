"""What people are told: one notification of one incident, before any sink gives it a form."""

from datetime import datetime
from typing import Literal

import msgspec

from detectors.records import Alert

Why = Literal["first", "grew", "repeat", "acknowledged", "resolved"]
"""Why a message is sent: the incident is new, its severity rose, it is still open after the repeat
interval, somebody has taken it on, or it was closed."""


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
    """

    id: str
    why: Why
    alert: Alert
    decided: datetime
    repeat: bool = False
    instead_of: str = ""
    route: str = ""
    receivers: tuple[Receiver, ...] | msgspec.UnsetType = msgspec.UNSET
