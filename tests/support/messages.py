"""Alerts and messages to send, without a pipeline."""

from datetime import UTC, datetime
from typing import Any

from alerts.content import Composer
from alerts.sinks import Message, Why
from alerts.sinks.shared import Tools
from detectors.ids import stable_id
from detectors.records import Alert
from detectors.records.alert import Reason
from monitor.clock import ManualClock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def tools(composer: Composer | None = None) -> Tools:
    """What sinks are built with: a clock that stands at NOW."""
    return Tools(ManualClock(NOW), composer or Composer())


def alert(alert_id: str = "a1", **changes: Any) -> Alert:
    members: dict[str, Any] = {
        "opened": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        "id": alert_id,
        "last": datetime(2026, 3, 2, 8, 40, tzinfo=UTC),
        "rule": "volume",
        "title": "Unusual volume of user.contact.email to Stripe",
        "remedy": "Ask the owner of checkout whether a bulk export was planned.",
        "query": "subprocessor:stripe AND category:user.contact.email",
        "status": "open",
        "severity": "high",
        "subprocessor": "stripe",
        "services": ("checkout", "mailer"),
        "categories": ("user.contact.email",),
        "fields": ("body>json:$.email",),
        "destinations": ("api.stripe.com",),
        "reasons": (Reason(finding="f1", score=9.0, message="1,240 values, usually 80 to 120"),),
        "events": 310,
        "values": 1240,
        "subjects": {"user.contact.email": b"sketch"},
        "subjects_estimate": 290,
        "subjects_low": 280,
        "subjects_high": 300,
        "version": 1,
        **changes,
    }
    return Alert(**members)


def message(alert_id: str = "a1", why: Why = "first", number: int = 0, **changes: Any) -> Message:
    return Message(
        id=stable_id(alert_id, number, why), why=why, alert=alert(alert_id, **changes), decided=NOW
    )
