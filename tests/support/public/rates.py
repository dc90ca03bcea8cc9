"""Real series as rates: counts of an hour, by the hour since 1970 in UTC."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from tests.support.fleet.rhythm import Series
from tests.support.public.archives import table

MONDAY = 4 * 24
"""The hour since 1970 at which its first Monday begins."""
WEEK = 7 * 24
BEARABLE_GAP = 0.02
"""The share of a slice's hours that may be unknown: what is between is drawn as a line."""

_FILES = {
    # counted: bicycles taken in Washington, cars on a road out of Minneapolis, and how full the
    # roads of San Francisco were, on the mean of its sensors
    "bikes": ("hourly_bikesharing.csv", "ts", "count", "America/New_York"),
    "cars": ("hourly_traffic_volume.csv", "date_time", "traffic_volume", "America/Chicago"),
    "roads": ("hourly_sf_traffic.csv", "ts", "y", "America/Los_Angeles"),
}


@dataclass(frozen=True)
class Hourly:
    """`values[n]` is the count of the hour `start + n`, NaN where nobody knows."""

    name: str
    start: int
    values: Series

    def weeks(self, count: int) -> Iterator[tuple[int, Series]]:
        """(first hour, values) of every stretch of so many weeks that begins on a Monday, one after
        the other, where nearly all is known."""
        for first in range((MONDAY - self.start) % WEEK, len(self.values), count * WEEK):
            values = self.values[first : first + count * WEEK]
            if len(values) == count * WEEK and np.isnan(values).mean() <= BEARABLE_GAP:
                yield self.start + first, _filled(values)


def hourly_series(archives: Iterable[Path]) -> list[Hourly]:
    """All of them that the archives have."""
    archives = list(archives)
    found = [_read(archives, name, *where) for name, where in _FILES.items()]
    return [one for one in found if one]


def _read(archives: list[Path], name: str, file: str, at: str, count: str, zone: str):
    known: dict[int, float] = {}
    for row in table(archives, file):
        local = datetime.fromisoformat(row[at]).replace(tzinfo=ZoneInfo(zone))
        known.setdefault(int(local.timestamp()) // 3600, float(row[count]))
    if not known:
        return None
    start = min(known)
    values = np.full(max(known) - start + 1, np.nan)
    for hour, value in known.items():
        values[hour - start] = value
    return Hourly(name, start, values)


def tweets(archives: Iterable[Path]) -> tuple[datetime, Series] | None:
    """(first minute, counts a minute): ten days of what somebody at Twitter counted. The year is
    made up by those who published it; the first day is a Thursday's afternoon."""
    rows = list(table(archives, "tests/raw_data.csv"))
    if not rows:
        return None
    start = datetime.fromisoformat(rows[0]["timestamp"]).replace(tzinfo=UTC)
    found = {datetime.fromisoformat(r["timestamp"]).replace(tzinfo=UTC): r["count"] for r in rows}
    values = np.full(int((max(found) - start).total_seconds() // 60) + 1, np.nan)
    for when, count in found.items():
        values[int((when - start).total_seconds() // 60)] = float(count)
    return start, _filled(values)


def by_minutes(hours: Series) -> Series:
    """Rates of minutes, 60 an hour, from the counts of hours: lines from the middle of one to the
    middle of the next."""
    middles = np.arange(len(hours)) * 60 + 30
    return np.interp(np.arange(len(hours) * 60) + 0.5, middles, hours) / 60


def _filled(values: Series) -> Series:
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])
