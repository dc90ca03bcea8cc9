"""What an average hour brings each key, by the hour of the day and the kind of day.

Each key has 48 bins: hours of the day (UTC), on weekdays and on weekends. When it is weekend for a
key its clock says, one of few (`STARTS`); the fleet's rhythm is kept by the first, UTC's. A bin's
mean forgets: each visit counts `KEEP` times the one after it. Hours in which a key had nothing, and
none was expected, are not written down: they follow from how often the whole feed has visited the
bin since.

A bin that was visited little leans on the key's own level times the fleet's rhythm, and a key that
is new on the levels of its category and its sub-processor.
"""

from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import BINS, CLOCKS, LATEST, Index, Rows

KEEP: Final = 0.85
"""Of a bin's weight from one visit to the next: the mean is over some seven visits."""
LEVEL_KEEP: Final = float(np.exp(-1 / 72))
"""Of a level's weight from hour to hour: three days."""
LEAN: Final = 0.3
"""The weight, in visits, of what a bin leans on; at most. One visit tells much where many are due:
what it leans on counts as one request, or as a tenth of this."""

WEEK: Final = 168
STARTS: Final = (120, *(120 - zone for zone in (3, 6, 9, 12, -3, -6, -9)), 96 - 3)
"""The hours of the week, from Monday 00:00 UTC, at which weekends of 48 hours begin, by clock:
Saturday in UTC and in every third zone, from Sydney's to California's; and Friday in Riyadh."""
FREE: Final = (np.arange(WEEK) - np.array(STARTS)[:, None]) % WEEK < 48
"""(CLOCKS, WEEK): which hours of the week are weekend by each clock."""

POWERS: Final = KEEP ** np.arange(256.0)
WEIGHTS: Final = (1 - POWERS) / (1 - KEEP)
"""Of what was so many visits ago, and of so many visits together."""
LEVEL_POWERS: Final = LEVEL_KEEP ** np.arange(2001.0)
"""Of what was so many hours ago."""


class Calendar(msgspec.Struct):
    """What the whole feed has seen: how often each bin was visited, and the fleet's rhythm."""

    visits: list[list[int]] = msgspec.field(
        default_factory=lambda: [[0] * BINS for _ in range(CLOCKS)]
    )
    """By clock."""
    rhythm: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    rhythm_weight: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    latest: list[int] = msgspec.field(default_factory=lambda: [0] * LATEST)
    """The hours that rows have in `before`: the last in which the feed had events."""

    def shape(self) -> Numbers:
        """The fleet's rhythm, 1 on average; 1 where it is not known."""
        raw = (np.array(self.rhythm) + 1.0) / (np.array(self.rhythm_weight) + 1.0)
        return raw / raw.mean()

    def visit(self, hour: int) -> None:
        """Counts an hour: one bin of each clock."""
        for visits, free in zip(self.visits, FREE[:, of_week(hour)].tolist(), strict=True):
            visits[hour % 24 + BINS // 2 * free] += 1

    def hours(self) -> int:
        """How many there were."""
        return sum(self.visits[0])


_Hours = TypeVar("_Hours", int, Index)


def of_week(hour: _Hours) -> _Hours:
    """Which hour of the week hours since 1970 (a Thursday) are; 0 for Monday 00:00 UTC."""
    return (hour + 3 * 24) % WEEK


class Bins:
    """Reads the bins and levels of the rows."""

    def __init__(self, rows: Rows, calendar: Calendar) -> None:
        self.rows = rows
        self.calendar = calendar

    def of(self, hour: int, rows: slice | Index | None = None) -> int | Index:
        """The bin of an hour, by the clocks of some rows, or of all: one number where they agree,
        as they do in most hours, since columns are read faster than what is spread over them."""
        bins = hour % 24 + BINS // 2 * FREE[:, of_week(hour)]
        clock = self.rows.of["clock"][slice(0, self.rows.used) if rows is None else rows]
        if bins.min() == bins.max() or not clock.any():
            return int(bins[0])
        return bins.take(clock)

    def bin_of(self, hour: int, row: int) -> int:
        """The bin of an hour by the clock of one row."""
        return hour % 24 + BINS // 2 * int(FREE[self.rows.of["clock"][row], of_week(hour)])

    def visited(self, rows: slice | Index, number: int | Index) -> Index:
        """How often the feed has visited bins of some rows."""
        visits, clock = np.array(self.calendar.visits), self.rows.of["clock"][rows]
        if isinstance(number, int):
            return visits[:, number].take(clock)
        return visits[clock, number]

    def visits_of(self, row: int) -> Index:
        """How often the feed has visited each bin, by the clock of one row."""
        return np.array(self.calendar.visits[int(self.rows.of["clock"][row])])

    def held(self, name: str, rows: slice | Index, number: int | Index) -> NDArray[Any]:
        """What a field has for bins of some rows."""
        array = self.rows.of[name]
        if isinstance(number, int):
            return array[rows, number]
        return array.T.ravel().take(number * len(array) + np.arange(len(array))[rows])

    def means(self, rows: Index, number: int | Index, level: Numbers) -> Numbers:
        """The mean of one bin each for some rows, given the levels of all."""
        leaning = level[rows] * self.calendar.shape()[number]
        return self.read(rows, number, leaning, self.unit(rows))[0]

    def mean_of(self, row: int, number: int, level: float) -> float:
        """The mean of one bin of one row."""
        at = np.array([row])
        leaning = np.array([level * self.calendar.shape()[number]])
        return float(self.read(at, number, leaning, self.unit(at))[0][0])

    def visits(self, rows: Index, number: int | Index) -> Index:
        """How many visits of one bin each some rows have behind them, at most 255."""
        visits = self.held("visits", rows, number).astype(np.int64)
        return np.minimum(visits + self.passed(rows, number), 255)

    def unit(self, rows: slice | Index) -> Numbers:
        of = self.rows.of
        return np.maximum((of["values"][rows] + 2.0) / (of["events"][rows] + 2.0), 1.0).astype(
            np.float64
        )

    def read(
        self, rows: slice | Index, number: int | Index, leaning: Numbers, unit: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        """Mean, weight and visits of one bin of each row."""
        passed = self.passed(rows, number)
        visits = np.minimum(self.held("visits", rows, number).astype(np.int64) + passed, 255)
        weight = WEIGHTS[visits]
        total = self.held("total", rows, number) * POWERS[passed]
        lean = np.clip(unit / np.maximum(leaning, 1e-9), LEAN / 10, LEAN)
        mean = (total + lean * leaning) / (weight + lean)
        return np.maximum(mean, 0.02 * unit), weight, visits.astype(np.float64)

    def passed(self, rows: slice | Index, number: int | Index) -> Index:
        """How many visits a bin has had since it was last written, at most 255."""
        return (self.visited(rows, number) - self.held("last", rows, number)) & 0xFF

    def levels(self, unit: Numbers) -> Numbers:
        """An average hour of each row, leaning on others of its kind where it is new."""
        own, hours = self.own_level(slice(0, self.rows.used))
        known = hours > 0.5
        logs = np.log(own / np.maximum(hours, 0.5) + 0.05 * unit)
        kind = _pooled(logs, known, self.groups())
        return (own + 0.5 * np.exp(kind)) / (hours + 0.5)

    def own_level(self, rows: slice | Index) -> tuple[Numbers, Numbers]:
        of = self.rows.of
        since = self.calendar.hours() - of["level_last"][rows].astype(np.int64)
        decay = LEVEL_POWERS.take(since, mode="clip")
        hours = of["level_hours"][rows] * decay + (1 - decay) / (1 - LEVEL_KEEP)
        return of["level"][rows] * decay, np.where(of["level_hours"][rows] > 0, hours, 0.0)

    def groups(self) -> list[Index]:
        """Whom rows have something in common with: few first."""
        group, used = self.rows.group, self.rows.used
        return [group["category"][:used], group["subprocessor"][:used]]


def _pooled(logs: Numbers, known: Any, groups: list[Index]) -> Numbers:
    """What is expected of a row from the rows of its groups, each leaning on the one before."""
    weight = known.astype(np.float64)
    total = float((logs * weight).sum())
    expected = np.full(len(logs), total / (weight.sum() + 1.0))
    for group in groups:
        deviation = np.bincount(group, (logs - expected) * weight)
        count = np.bincount(group, weight)
        expected = expected + (deviation / (count + 2.0))[group]
    return expected
