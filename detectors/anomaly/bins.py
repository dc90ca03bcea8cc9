"""What an average hour brings each key, by the hour of the day and the kind of day.

Each key has 48 bins (hour x weekday or weekend, UTC). A bin's mean forgets: each visit counts
`KEEP` times the one after it. Hours in which a key had nothing, and none was expected, are not
written down: they follow from how often the whole feed has visited the bin since.

A bin that was visited little leans on the key's own level times the fleet's rhythm, and a key that
is new on the levels of its category and its sub-processor.
"""

from typing import Any, Final

import msgspec
import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import BINS, LATEST, Index, Rows

KEEP: Final = 0.85
"""Of a bin's weight from one visit to the next: the mean is over some seven visits."""
LEVEL_KEEP: Final = float(np.exp(-1 / 72))
"""Of a level's weight from hour to hour: three days."""
LEAN: Final = 0.3
"""The weight, in visits, of what a bin leans on; at most. One visit tells much where many are due:
what it leans on counts as one request, or as a tenth of this."""

POWERS: Final = KEEP ** np.arange(256.0)
WEIGHTS: Final = (1 - POWERS) / (1 - KEEP)
"""Of what was so many visits ago, and of so many visits together."""


class Calendar(msgspec.Struct):
    """What the whole feed has seen: how often each bin was visited, and the fleet's rhythm."""

    visits: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)
    rhythm: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    rhythm_weight: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    latest: list[int] = msgspec.field(default_factory=lambda: [0] * LATEST)
    """The hours that rows have in `before`: the last in which the feed had events."""

    def shape(self) -> Numbers:
        """The fleet's rhythm, 1 on average; 1 where it is not known."""
        raw = (np.array(self.rhythm) + 1.0) / (np.array(self.rhythm_weight) + 1.0)
        return raw / raw.mean()


def bin_of(hour: int) -> int:
    """The bin of an hour since 1970 (a Thursday)."""
    return hour % 24 + 24 * (weekday_of(hour) >= 5)


def weekday_of(hour: int) -> int:
    """0 for Monday."""
    return (hour // 24 + 3) % 7


class Bins:
    """Reads the bins and levels of the rows."""

    def __init__(self, rows: Rows, calendar: Calendar) -> None:
        self.rows = rows
        self.calendar = calendar

    def means(self, rows: Index, number: int, level: Numbers) -> Numbers:
        """The mean of one bin for some rows, given the levels of all."""
        leaning = level[rows] * self.calendar.shape()[number]
        return self.read(rows, number, leaning, self.unit(rows))[0]

    def mean_of(self, row: int, number: int, level: float) -> float:
        """The mean of one bin of one row."""
        at = np.array([row])
        leaning = np.array([level * self.calendar.shape()[number]])
        return float(self.read(at, number, leaning, self.unit(at))[0][0])

    def visits(self, rows: Index, number: int) -> Index:
        """How many visits of one bin some rows have behind them, at most 255."""
        visits = self.rows.of["visits"][rows, number].astype(np.int64)
        return np.minimum(visits + self.passed(rows, number), 255)

    def unit(self, rows: slice | Index) -> Numbers:
        of = self.rows.of
        return np.maximum((of["values"][rows] + 2.0) / (of["events"][rows] + 2.0), 1.0).astype(
            np.float64
        )

    def read(
        self, rows: slice | Index, number: int, leaning: Numbers, unit: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        """Mean, weight and visits of one bin."""
        of = self.rows.of
        passed = self.passed(rows, number)
        visits = np.minimum(of["visits"][rows, number].astype(np.int64) + passed, 255)
        weight = WEIGHTS[visits]
        total = of["total"][rows, number] * POWERS[passed]
        lean = np.clip(unit / np.maximum(leaning, 1e-9), LEAN / 10, LEAN)
        mean = (total + lean * leaning) / (weight + lean)
        return np.maximum(mean, 0.02 * unit), weight, visits.astype(np.float64)

    def passed(self, rows: slice | Index, number: int) -> Index:
        """How many visits a bin has had since it was last written, at most 255."""
        last = self.rows.of["last"][rows, number].astype(np.int64)
        return np.minimum((self.calendar.visits[number] - last) & 0xFF, 255)

    def levels(self, unit: Numbers) -> Numbers:
        """An average hour of each row, leaning on others of its kind where it is new."""
        own, hours = self.own_level(slice(0, self.rows.used))
        known = hours > 0.5
        logs = np.log(own / np.maximum(hours, 0.5) + 0.05 * unit)
        kind = _pooled(logs, known, self.groups())
        return (own + 0.5 * np.exp(kind)) / (hours + 0.5)

    def own_level(self, rows: slice | Index) -> tuple[Numbers, Numbers]:
        of = self.rows.of
        since = sum(self.calendar.visits) - of["level_last"][rows].astype(np.int64)
        decay = LEVEL_KEEP ** np.minimum(since, 2000)
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
