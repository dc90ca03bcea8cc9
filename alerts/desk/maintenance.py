"""Maintenance windows: times that come again, in which certain alerts are expected.

A window begins where its rule (RFC 5545) says, on the wall clock of its zone, and lasts so many
minutes of real time: it is neither lost nor doubled when the clock changes.
"""

# python-dateutil comes without types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from pydantic import Field, PrivateAttr, field_validator, model_validator

from alerts.desk.labels import Labels
from alerts.desk.matchers import MatcherText, all_fit, parse_matchers
from detectors.yamlfile import StrictModel

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")


class MaintenanceWindow(StrictModel):
    """One window. Alerts that fit all of `match` are not told while it is open."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["weekly-patching"])
    rrule: str = Field(
        description="When it comes again: an RRULE of RFC 5545",
        examples=["FREQ=WEEKLY;BYDAY=SU"],
    )
    starts: datetime = Field(
        description="The first time, on the zone's wall clock", examples=["2026-01-04T02:00:00"]
    )
    zone: str = Field(default="UTC", description="IANA time zone", examples=["Europe/Berlin"])
    minutes: float = Field(gt=0, le=7 * 24 * 60, description="How long it is open")
    match: list[MatcherText] = Field(
        description="Whose alerts", examples=[["subprocessor=stripe", "rule=volume-low"]]
    )
    owner: str = Field(min_length=1, description="Who is asked about it")
    reason: str = Field(default="", examples=["Stripe patches its sandbox"])

    _rule: Any = PrivateAttr()
    _matchers: Any = PrivateAttr()
    _memo: tuple[datetime, datetime, datetime | None] | None = PrivateAttr(default=None)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no IANA time zone such as Europe/Berlin") from None
        return zone

    @field_validator("starts")
    @classmethod
    def _wall_clock(cls, starts: datetime) -> datetime:
        if starts.tzinfo is not None:
            raise ValueError("is on the wall clock of `zone`: write it without one")
        return starts

    @field_validator("rrule")
    @classmethod
    def _plain_rule(cls, rule: str) -> str:
        parts = {
            name: value
            for name, _, value in (part.partition("=") for part in rule.upper().split(";"))
        }
        if parts.get("FREQ") not in _FREQUENCIES:
            raise ValueError(f"is no RRULE with FREQ={'|'.join(_FREQUENCIES)}")
        if not re.fullmatch(r"[1-9]\d{0,3}", parts.get("INTERVAL", "1")):
            raise ValueError("INTERVAL is a number from 1 on")
        return rule

    @field_validator("match")
    @classmethod
    def _can_fit(cls, match: list[str]) -> list[str]:
        parse_matchers(match)
        return match

    @model_validator(mode="after")
    def _rule_occurs(self) -> Self:
        try:
            self._rule = rrulestr(self.rrule, dtstart=self.starts, cache=True)
        except ValueError as error:
            raise ValueError(f"rrule: {error}") from None
        self._matchers = parse_matchers(self.match)
        if next(iter(self._rule), None) is None:
            raise ValueError("rrule: there is no such day; the window would never open")
        return self

    @property
    def mark(self) -> str:
        """How an alert names it."""
        return f"maintenance:{self.name}"

    def until(self, labels: Labels, now: datetime) -> datetime | None:
        """When the window that mutes such an alert now closes; None where none does."""
        end = self.open_until(now)
        return end if end is not None and all_fit(self._matchers, labels) else None

    def open_until(self, now: datetime) -> datetime | None:
        """When the window that is open now closes; None where it is not open."""
        if self._memo is None or not self._memo[0] <= now < self._memo[1]:
            self._memo = self._look(now)
        end = self._memo[2]
        return end if end is not None and now < end else None

    def _look(self, now: datetime) -> tuple[datetime, datetime, datetime | None]:
        """The opening before and the one after a moment, and when the former closes: what is
        remembered, since rules are counted from their first day on."""
        # a day on both sides: wall clocks are not in step with time where they change
        wall = now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        day = timedelta(days=1)
        near = [self._moment(one) for one in self._rule.between(wall - day, wall + day, inc=True)]
        before = [one for one in near if one <= now]
        after = [one for one in near if one > now]
        if not before and (found := self._rule.before(wall - day)) is not None:
            before = [self._moment(found)]
        if not after and (found := self._rule.after(wall + day)) is not None:
            after = [self._moment(found)]
        first = max(before, default=datetime.min.replace(tzinfo=UTC))
        following = min(after, default=datetime.max.replace(tzinfo=UTC))
        return first, following, first + timedelta(minutes=self.minutes) if before else None

    def _moment(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
