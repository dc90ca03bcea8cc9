"""Made-up messages: what templates are tried on before use, and what a preview shows."""

from datetime import UTC, datetime, timedelta

import msgspec

from alerts.desk.grouping import Group
from alerts.desk.telling import message
from alerts.messages import Message, Why
from detectors.ids import stable_id
from detectors.records import Alert
from detectors.records.alert import Reason

_OPENED = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)

EXAMPLE = Alert(
    opened=_OPENED,
    id=stable_id("alert", "example"),
    last=_OPENED + timedelta(minutes=40),
    rule="volume-high",
    title="Unusually much personal data goes to Stripe",
    remedy="Ask the sending service's owner what ran; if nobody knows, stop its credentials.",
    query='subprocessor:"stripe"',
    status="open",
    severity="high",
    subprocessor="stripe",
    services=("checkout", "invoice-export"),
    categories=("user.contact.email", "user.name"),
    fields=("body>json:$.customers[].email", "body>json:$.customers[].name"),
    destinations=("api.stripe.com",),
    reasons=(
        Reason(
            finding=stable_id("finding", "example"),
            score=9.0,
            message="checkout sent 12,400 values of user.contact.email in this hour; usual are 80 "
            "to 120",
        ),
    ),
    events=3_100,
    values=12_400,
    subjects_estimate=11_900,
    subjects_low=11_540,
    subjects_high=12_260,
    version=1,
)
"""One incident with something to say in every member."""

_BARE = msgspec.structs.replace(
    EXAMPLE,
    services=(),
    categories=(),
    fields=(),
    destinations=(),
    reasons=(),
    events=0,
    values=0,
    subjects_estimate=0,
    subjects_low=0,
    subjects_high=0,
)


def example(why: Why = "first", alert: Alert = EXAMPLE) -> Message:
    """A message of an incident, for this reason."""
    return Message(id=stable_id(alert.id, why), why=why, alert=alert, decided=alert.last)


def examples() -> tuple[Message, ...]:
    """Messages that differ in all that a template may stumble over."""
    closed = msgspec.structs.replace(EXAMPLE, status="closed", verdict="expected")
    return example(), example("grew", _BARE), example("resolved", closed), grouped()


def grouped() -> Message:
    """A message of a group of two incidents."""
    other = msgspec.structs.replace(_BARE, id=stable_id("alert", "other"), severity="low")
    group = Group("example", lead=EXAMPLE.id, sent=1)
    return message(group, "grew", [EXAMPLE, other], EXAMPLE.last)
