"""From a group of incidents to the message about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce

import msgspec

from alerts.desk.grouping import Group
from alerts.messages import Message, Summary, Why
from alerts.severity import LEVELS
from detectors.ids import stable_id
from detectors.records import Alert
from detectors.records.alert import Severity, Status
from detectors.windows import merge_names

SHOWN = 50
"""Incidents of a group that a message has a summary of."""


def message(group: Group, why: Why, alerts: Sequence[Alert], now: datetime) -> Message:
    """The next message of a group about these of its incidents, its lead among them.

    The id is derived from what the message is about and how many came before, so that deciding it
    again gives the same.
    """
    lead = next(one for one in alerts if one.id == group.lead)
    combined = lead if len(alerts) == 1 else _combined(lead, alerts)
    return Message(
        id=stable_id(lead.id, lead.reopened, group.sent, why),
        why=why,
        alert=combined,
        decided=_decided(why, alerts, now),
        group=() if len(alerts) == 1 else _summaries(alerts),
        members=len(alerts),
    )


def gravest(alerts: Iterable[Alert]) -> Severity:
    return LEVELS[max(LEVELS.index(one.severity) for one in alerts)]


def _combined(lead: Alert, alerts: Sequence[Alert]) -> Alert:
    """The lead, with what the whole group has in common."""
    return msgspec.structs.replace(
        lead,
        title=f"{lead.title} and {len(alerts) - 1} more",
        status=_status(alerts),
        severity=gravest(alerts),
        opened=min(one.opened for one in alerts),
        last=max(one.last for one in alerts),
        events=sum(one.events for one in alerts),
        values=sum(one.values for one in alerts),
        services=reduce(merge_names, (one.services for one in alerts)),
        categories=reduce(merge_names, (one.categories for one in alerts)),
        destinations=reduce(merge_names, (one.destinations for one in alerts)),
    )


def _status(alerts: Sequence[Alert]) -> Status:
    found = {one.status for one in alerts}
    return "open" if "open" in found else "acknowledged" if "acknowledged" in found else "closed"


def _summaries(alerts: Sequence[Alert]) -> tuple[Summary, ...]:
    ranked = sorted(alerts, key=lambda one: -LEVELS.index(one.severity))
    return tuple(_summary(one) for one in ranked[:SHOWN])


def _summary(alert: Alert) -> Summary:
    names = Summary.__struct_fields__
    return Summary(**{name: getattr(alert, name) for name in names})


def _decided(why: Why, alerts: Sequence[Alert], now: datetime) -> datetime:
    """The moment the message is true of: its evidence's, its answer's, or now."""
    if why in {"acknowledged", "resolved"}:
        return max((one.history[-1].at for one in alerts if one.history), default=now)
    return now if why == "repeat" else max(one.last for one in alerts)
