"""When a route applies, and who is on call: by the clocks of the people concerned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, NaiveDatetime, field_validator, model_validator

from detectors.yamlfile import StrictModel

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {name: number for number, day in enumerate(_DAYS) for name in (day, day[:3])}
_WORDS = {
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekends": frozenset({5, 6}),
}
_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")
_FORM = "write days, hours and a time zone: weekdays 08:00-18:00 Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Interval:
    """Hours of certain days in one time zone. Hours that end before they begin go on past
    midnight: they belong to the day on which they begin."""

    zone: ZoneInfo
    days: frozenset[int]
    """Monday is 0; empty where it is about dates."""
    first: date | None
    last: date | None
    start: time
    end: time
    """Not in it any more; midnight for the whole day."""

    def holds(self, moment: datetime) -> bool:
        """Whether the moment is in it."""
        local = moment.astimezone(self.zone)
        today, at = local.date(), local.time()
        if self.start < self.end or self.end == time.min:
            return self._on(today) and self.start <= at and (at < self.end or self.end == time.min)
        yesterday = today - timedelta(days=1)
        return (self._on(today) and at >= self.start) or (self._on(yesterday) and at < self.end)

    def _on(self, day: date) -> bool:
        if self.first is not None and self.last is not None:
            return self.first <= day <= self.last
        return day.weekday() in self.days


def parse_interval(text: str) -> Interval:
    """An interval from its words; ValueError says what is wrong with them."""
    words = text.split()
    if len(words) not in {2, 3}:
        raise ValueError(_FORM)
    start, end = _hours(words[1]) if len(words) == 3 else (time.min, time.min)
    first, last = _dates(words[0])
    days = frozenset(_days(words[0].lower())) if first is None else frozenset[int]()
    return Interval(zone_of(words[-1]), days, first, last, start, end)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; ValueError where there is none."""
    if name not in available_timezones():
        raise ValueError("the time zone is none that is known: write one such as Europe/Berlin")
    return ZoneInfo(name)


def _hours(word: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(word)
    if found is None:
        raise ValueError(f"the hours are not like 08:00-18:00; {_FORM}")
    start, end = (
        time.fromisoformat(found[1]),
        time.fromisoformat(found[2].replace("24:00", "00:00")),
    )
    if start == end and start != time.min:
        raise ValueError("the hours are empty: they end when they begin")
    return start, end


def _dates(word: str) -> tuple[date, date] | tuple[None, None]:
    found = _DATES.fullmatch(word)
    if found is None:
        return None, None
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise ValueError("there is no such date") from None
    if last < first:
        raise ValueError("the last date is before the first")
    return first, last


def _days(word: str) -> Iterator[int]:
    for part in word.split(","):
        first, _, last = part.partition("-")
        if part in _WORDS:
            yield from _WORDS[part]
        elif first in _NUMBERS and (last or first) in _NUMBERS:
            start, end = _NUMBERS[first], _NUMBERS[last or first]
            yield from ((start + step) % 7 for step in range((end - start) % 7 + 1))
        else:
            raise ValueError(
                f"the days are none: daily, weekdays, weekends, names such as monday-thursday or "
                f"mon,wed, or dates such as 2026-12-24..2026-12-26; {_FORM}"
            )


class Override(StrictModel):
    """Somebody else for a while; of two that overlap the later in the list counts."""

    start: NaiveDatetime = Field(
        alias="from", description="Local time of the rotation's zone", examples=["2026-02-03 09:00"]
    )
    until: NaiveDatetime = Field(examples=["2026-02-04 09:00"])
    receiver: str = Field(description="The sink that is told meanwhile", examples=["pager-carla"])

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until <= self.start:
            raise ValueError("until is not after from")
        return self


class Rotation(StrictModel):
    """Sinks that take turns; its name stands for whoever's turn it is. All times are local: a
    handover at nine stays at nine when clocks change."""

    zone: str = Field(examples=["Europe/Berlin"])
    start: NaiveDatetime = Field(
        description="When the first member's first turn begins", examples=["2026-01-05 09:00"]
    )
    days: int = Field(default=7, ge=1, description="How long a turn is")
    members: list[str] = Field(
        min_length=1, description="Sinks, in order", examples=[["pager-anna", "pager-bernd"]]
    )
    overrides: list[Override] = Field(default=[], description="Exceptions")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        zone_of(value)
        return value

    def sinks(self) -> list[str]:
        """Every sink that can ever be told."""
        return [*self.members, *(one.receiver for one in self.overrides)]

    def on_call(self, moment: datetime) -> str:
        """Whose turn it is."""
        local = moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        for one in reversed(self.overrides):
            if one.start <= local < one.until:
                return one.receiver
        turn = (local - self.start) // timedelta(days=self.days)
        return self.members[turn % len(self.members)]
