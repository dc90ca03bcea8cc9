"""Groups of incidents that are told as one: which belong together, and what there is to tell.

A group's first message waits for others to join it, later ones keep an interval; what got graver or
was answered does not wait. A group ends when all of its incidents are closed and that was told.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from pydantic import Field, field_validator

from alerts.desk.labels import STABLE, Labels, require_labels
from alerts.messages import Why
from alerts.severity import LEVELS
from detectors.records import Alert
from detectors.records.alert import Severity, Status
from detectors.yamlfile import StrictModel

FRESH = frozenset(["first", "reopened", "grew"])
"""News of an incident that is there, for whose sake one may be muted; an answer never is."""


class GroupSettings(StrictModel):
    """What is told together, and how often."""

    by: list[str] = Field(
        default=["subprocessor", "rule"],
        description="Incidents with the same values of these labels are told together: any of "
        + ", ".join(STABLE),
        examples=[["subprocessor"]],
    )
    wait_seconds: float = Field(
        default=0,
        ge=0,
        le=86_400,
        description="How long the first message of a group waits for others to join",
        examples=[30],
    )
    interval_seconds: float = Field(
        default=300,
        ge=0,
        le=86_400,
        description="Time between a group's message and one that more incidents have joined",
    )
    repeat_hours: float | None = Field(
        default=24,
        gt=0,
        description="After how long what is still open, and that nobody has taken on, is told "
        "again; unset: never",
    )

    @field_validator("by")
    @classmethod
    def _known_labels(cls, by: list[str]) -> list[str]:
        return require_labels(by, STABLE)

    def key(self, labels: Labels) -> str:
        """The group of an incident with these labels."""
        return "|".join(labels[name][0] for name in self.by)


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people last heard of an incident. `held`: only as one of a storm."""

    severity: Severity
    status: Status
    held: bool = False


class Group(msgspec.Struct, omit_defaults=True):
    """The state of one group. `members` are alert ids, in the order they joined; `lead` is the one
    under whose id all is told; `sent` counts messages, so that each has an id of its own."""

    key: str
    members: list[str] = []
    lead: str = ""
    told: dict[str, Told] = {}
    sent: int = 0
    due: datetime | None = None
    last_sent: datetime | None = None


def news_of(told: Told | None, alert: Alert) -> Why | None:
    """What there is to tell of one incident to those who know so much of it."""
    open_again = told is not None and told.status == "closed"
    if alert.status == "closed":
        return None if told is None or told.held or open_again else "resolved"
    if told is None or open_again:
        return "reopened" if alert.reopened else "first"
    if LEVELS.index(alert.severity) > LEVELS.index(told.severity):
        return "grew"
    if alert.status == "acknowledged" and told.status == "open" and not told.held:
        return "acknowledged"
    return None


def news_of_group(
    group: Group, news: Mapping[str, Why], alerts: Sequence[Alert], *, repeat: bool
) -> Why | None:
    """What to tell of a group, from the news of its incidents by their ids; `repeat`: its time has
    come. The end of one incident is not told while others are open."""
    found = set(news.values())
    if found & FRESH:
        whose = group.lead or next(one for one, why in news.items() if why in FRESH)
        own = news.get(whose)
        return own if own in {"first", "reopened"} else "grew"
    if "resolved" in found and all(one.status == "closed" for one in alerts):
        return "resolved"
    if any(one.status == "open" for one in alerts):
        return "repeat" if repeat else None
    return "acknowledged" if "acknowledged" in found else None


def due_with(
    group: Group, why: Why, alert: Alert, now: datetime, settings: GroupSettings
) -> datetime:
    """When a group is to be told at the latest, with this news of one of its incidents."""
    if group.last_sent is None:
        due = now + timedelta(seconds=settings.wait_seconds)
    elif why in {"first", "reopened"} and not _is_graver(alert, group):
        others = len(group.members) > 1
        pause = timedelta(seconds=settings.interval_seconds if others else 0)
        due = max(now, group.last_sent + pause)
    else:
        due = now
    return min(due, group.due or due)


def _is_graver(alert: Alert, group: Group) -> bool:
    """Whether an incident is graver than all that was told of its group."""
    rank = LEVELS.index(alert.severity)
    return all(rank > LEVELS.index(told.severity) for told in group.told.values())


def repeats_at(group: Group, alerts: Iterable[Alert], settings: GroupSettings) -> datetime | None:
    """When a group is told again if nothing changes."""
    if settings.repeat_hours is None or group.last_sent is None:
        return None
    if not any(one.status == "open" for one in alerts):
        return None
    return group.last_sent + timedelta(hours=settings.repeat_hours)
