"""What is usual for each key in an hour: seasonal means, and how far counts stray from them.

Each key has 48 bins (hour x weekday or weekend, UTC). A bin's mean forgets: each visit counts
`KEEP` times the one after it. Hours in which a key had nothing, and none was expected, are not
written down: they follow from how often the whole feed has visited the bin since.

A bin that was visited little leans on the key's own level times the fleet's rhythm, and a key that
is new on the levels of its category and its sub-processor. How sure a mean is enters the
dispersion it is judged with, so that little knowledge alarms little.

Dispersion is that of a negative binomial (`detectors.anomaly.counts`): of an hour around its mean,
and of minutes and tens of minutes around their share of whatever the hour brought, since a key that
sends in clumps strays more from a tenth of its hour than from an hour. It is shrunk towards that of
the sub-processor, the category and the fleet, in this order, and counts in requests' worth of
values, since values come several at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, upper_range
from detectors.anomaly.rows import BINS, DAYS, SCALES, Index, Rows

KEEP: Final = 0.85
"""Of a bin's weight from one visit to the next: the mean is over some seven visits."""
LEVEL_KEEP: Final = float(np.exp(-1 / 72))
"""Of a level's weight from hour to hour: three days."""
SPREAD_KEEP: Final = 0.995
PEAK_KEEP: Final = float(np.exp(-1 / 168))
BATCH_KEEP: Final = 0.98
MOST_STRAYED: Final = 4.0
LEAN: Final = 0.3
"""The weight, in visits, of what a bin leans on; at most. One visit tells much where many are due:
what it leans on counts as one request, or as a tenth of this."""
WINSOR: Final = 3.0
"""An hour teaches at most its mean and so many deviations: an attack must not become usual."""
HOT: Final = 0.25
"""How much an hour with an alarm teaches of dispersion, against one without."""
PRIOR_SPREAD: Final = np.array([0.8, 0.4, 0.15])
TELLING: Final = np.array([2.0, 1.0, 0.2])
"""A dispersion that an hour tells fully; of a smaller one, or of few requests, it tells less."""
PRIOR_WEIGHT: Final = 10.0
"""Hours that the dispersion of others counts for."""
LEAST_SPREAD: Final = np.array([0.02, 0.02, 0.02])
SURE: Final = 3
"""Visits of a bin from which on one more can teach it little; until then it takes all it is told,
and the same hour of the other kind of day has a say in what is too much."""
FADING, LASTING = 0.6, 0.7
"""How much an hour says of the pace against the one after it, and how much of a pace lasts."""
FASTEST: Final = 2.0
PACE_HOT: Final = 6
"""Hours after an alarm in which a key's own pace is not believed."""
CLUMPED: Final = 8.0
"""Traffic is clumped where a bin brings so many times an average hour, or an hour's minutes stray
by half as much."""
WEEKLY: Final = 3.0
"""A day that had so many times an average one may have a weekly batch."""
NEW: Final = 24.0
"""Hours until a key is judged by itself alone."""
FEW: Final = 8
"""Keys that must be known before others are judged by them."""
STRANGE: Final = 3.0
"""How much larger than its kind a new key may be, as a logarithm."""
MINUTES: Final = np.array([1, 10, 60])

_POWERS: Final = KEEP ** np.arange(256.0)
_WEIGHTS: Final = (1 - _POWERS) / (1 - KEEP)


class Calendar(msgspec.Struct):
    """What the whole feed has seen: how often each bin was visited, and the fleet's rhythm."""

    visits: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)
    rhythm: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    rhythm_weight: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)

    def shape(self) -> Numbers:
        """The fleet's rhythm, 1 on average; 1 where it is not known."""
        raw = (np.array(self.rhythm) + 1.0) / (np.array(self.rhythm_weight) + 1.0)
        return raw / raw.mean()


@dataclass(slots=True)
class Usual:
    """What one hour should bring, for every row. Counts are values, or requests."""

    mean: Numbers
    high: Numbers
    """What may come at most on average: the largest mean of this hour and its neighbours, since
    work moves by an hour, with what the last hours owe; of a new key, what the largest of its kind
    have."""
    low: Numbers
    unit: Numbers
    """How many come at once."""
    level: Numbers
    """An average hour."""
    doubt: Numbers
    """How unsure the mean is, as a dispersion."""
    spread: Numbers
    """(rows, SCALES) dispersions: of minutes and tens of minutes within an hour, and of hours."""
    visits: Numbers
    pace: Numbers
    """How the last hours ran against what was usual for them: a quiet day, or a busy one. 1 where
    they say little, and for clumped traffic."""
    clumped: NDArray[np.bool_]
    """Whether traffic comes in batches: in few of the day's hours, or in few of the hour's
    minutes."""
    judged: NDArray[np.bool_]
    """Whether enough is known, of the key or of others of its kind, to judge it at all."""


def bin_of(hour: int) -> int:
    """The bin of an hour since 1970 (a Thursday)."""
    weekend = (hour // 24 + 3) % 7 >= 5
    return hour % 24 + 24 * weekend


class Season:
    """Reads and teaches the seasonal part of the rows."""

    def __init__(self, rows: Rows, calendar: Calendar) -> None:
        self.rows = rows
        self.calendar = calendar

    def usual(self, hour: int) -> Usual:
        """For all rows in use; rows that hold no key have meaningless numbers."""
        of, used = self.rows.of, self.rows.used
        unit = self.unit(slice(0, used))
        shape = self.calendar.shape()
        level = self._levels(unit)
        spread = self._spreads()
        here = bin_of(hour)
        mean, weight, visits = self._bin(slice(0, used), here, level * shape[here], unit)
        strange = self._strange()
        sides = [
            self._bin(slice(0, used), near, level * shape[near], unit)[0]
            for near in (bin_of(hour - 1), bin_of(hour + 1))
        ]
        other = self._bin(slice(0, used), (here + 24) % BINS, level, unit)[0]
        sides.append(np.where(visits < SURE, other, 0.0))
        unsure = 1.0 + 8.0 / (1.0 + of["level_hours"][:used].astype(np.float64))
        known = weight / (unit / mean + spread[:, -1])
        clumped = self._clumped(level, spread)
        owed, pace = self._lately(hour, level, unit, spread[:, -1])
        early = self._bin(slice(0, used), bin_of(hour + 2), level, unit)[0]
        late = self._a_week_ago(hour // 24, level)
        sides.append(np.where(clumped, np.maximum(early, late), 0.0))
        return Usual(
            mean=mean,
            high=(np.maximum.reduce([mean, *sides]) + owed) * np.exp(STRANGE * strange),
            pace=np.where(clumped, 1.0, pace),
            clumped=clumped,
            judged=self._judged(visits),
            low=np.minimum(mean, np.minimum(*sides[:2])),
            unit=unit,
            level=level,
            doubt=1.0 / (1.0 / unsure + known),
            spread=spread,
            visits=visits,
        )

    def bin_means(self, number: int, level: Numbers) -> Numbers:
        """The mean of one bin for all rows, given their levels."""
        every = slice(0, self.rows.used)
        leaning = level * self.calendar.shape()[number]
        return self._bin(every, number, leaning, self.unit(every))[0]

    def mean_of(self, row: int, number: int, level: float) -> float:
        """The mean of one bin of one row."""
        at = np.array([row])
        leaning = np.array([level * self.calendar.shape()[number]])
        return float(self._bin(at, number, leaning, self.unit(at))[0][0])

    def bin_visits(self, number: int) -> Index:
        """How many visits of one bin each row has behind it, at most 255."""
        every = slice(0, self.rows.used)
        visits = self.rows.of["visits"][every, number].astype(np.int64)
        return np.minimum(visits + self._passed(every, number), 255)

    def unit(self, rows: slice | Index) -> Numbers:
        of = self.rows.of
        return np.maximum((of["values"][rows] + 2.0) / (of["events"][rows] + 2.0), 1.0).astype(
            np.float64
        )

    def _bin(
        self, rows: slice | Index, number: int, leaning: Numbers, unit: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        """Mean, weight and visits of one bin."""
        of = self.rows.of
        passed = self._passed(rows, number)
        visits = np.minimum(of["visits"][rows, number].astype(np.int64) + passed, 255)
        weight = _WEIGHTS[visits]
        total = of["total"][rows, number] * _POWERS[passed]
        lean = np.clip(unit / np.maximum(leaning, 1e-9), LEAN / 10, LEAN)
        mean = (total + lean * leaning) / (weight + lean)
        return np.maximum(mean, 0.02 * unit), weight, visits.astype(np.float64)

    def _passed(self, rows: slice | Index, number: int) -> Index:
        """How many visits a bin has had since it was last written, at most 255."""
        last = self.rows.of["last"][rows, number].astype(np.int64)
        return np.minimum((self.calendar.visits[number] - last) & 0xFF, 255)

    def _levels(self, unit: Numbers) -> Numbers:
        """An average hour of each row, leaning on others of its kind where it is new."""
        own, hours = self._own_level(slice(0, self.rows.used))
        known = hours > 0.5
        logs = np.log(own / np.maximum(hours, 0.5) + 0.05 * unit)
        kind = _pooled(logs, known, self._groups())
        return (own + 0.5 * np.exp(kind)) / (hours + 0.5)

    def _lately(
        self, hour: int, level: Numbers, unit: Numbers, spread: Numbers
    ) -> tuple[Numbers, Numbers]:
        """What the hours before should have brought and did not (it may be late), and their pace.

        Rates that stray like a gamma distribution around the usual, and counts of them that are
        Poisson: the pace is the mean of what the rate may be, given the counts. Of an attack it
        believes nothing: a row with an alarm has a pace of 1 at most.
        """
        every = slice(0, self.rows.used)
        owed, came, expected = (np.zeros(self.rows.used) for _ in range(3))
        shape = self.calendar.shape()
        for back, brought in enumerate(self.rows.of["before"][every].T[::-1], start=1):
            number = bin_of(hour - back)
            mean = self._bin(every, number, level * shape[number], unit)[0]
            owed += np.where(brought < mean / 2, mean - brought, 0.0)
            came += FADING**back * brought
            expected += FADING**back * mean
        prior = unit / spread
        pace = ((came + prior) / (expected + prior)) ** LASTING
        hot = self.rows.of["hot"][every].astype(np.int64) >= hour - PACE_HOT
        most = np.where(hot, 1.0, FASTEST)
        return owed, np.clip(pace, 1 / FASTEST, most)

    def _a_week_ago(self, day: int, level: Numbers) -> Numbers:
        """What this day may bring because its service had much more than usual on the same weekday
        one or two weeks ago: 0 for most rows."""
        of, group = self.rows.of, self.rows.group["service"][: self.rows.used]
        whole = self.rows.of_all()
        newest, most = of["days_at"][whole].astype(np.int64), np.zeros(len(whole))
        for back in (7, 14):
            known = (newest >= day - back) & (newest - DAYS < day - back)
            brought = np.expm1(of["days"][whole, (day - back) % DAYS].astype(np.float64))
            most = np.fmax(most, np.where(known, brought, 0.0))
        times = most / np.maximum(24 * level[whole], 1e-9)
        of_group = np.bincount(group[whole], np.where(times > WEEKLY, times, 0.0), group.max() + 1)
        return 24 * level * of_group[group]

    def _clumped(self, level: Numbers, spread: Numbers) -> NDArray[np.bool_]:
        of, every = self.rows.of, slice(0, self.rows.used)
        line = np.arange(self.rows.used)
        best = of["total"][every].argmax(axis=1)
        weight = np.maximum(_WEIGHTS[of["visits"][line, best]], 1.0)
        top = of["total"][line, best] / weight
        lumpy = (top > CLUMPED * level) | (spread[:, 0] > CLUMPED / 2)
        return lumpy & (of["peak"][every] > 0)

    def _judged(self, visits: Numbers) -> NDArray[np.bool_]:
        old = self.rows.of["level_hours"][: self.rows.used] >= NEW
        return old | (visits >= SURE) | bool(old.sum() >= FEW)

    def _strange(self) -> Numbers:
        """How strange a new key still is: from 1 to 0 after a day of traffic."""
        return np.maximum(1 - self.rows.of["level_hours"][: self.rows.used] / NEW, 0.0)

    def _groups(self) -> list[Index]:
        """Whom rows have something in common with: few first."""
        group, used = self.rows.group, self.rows.used
        return [group["category"][:used], group["subprocessor"][:used]]

    def _own_level(self, rows: slice | Index) -> tuple[Numbers, Numbers]:
        of = self.rows.of
        since = sum(self.calendar.visits) - of["level_last"][rows].astype(np.int64)
        decay = LEVEL_KEEP ** np.minimum(since, 2000)
        hours = of["level_hours"][rows] * decay + (1 - decay) / (1 - LEVEL_KEEP)
        return of["level"][rows] * decay, np.where(of["level_hours"][rows] > 0, hours, 0.0)

    def _spreads(self) -> Numbers:
        of, used = self.rows.of, self.rows.used
        excess = of["excess"][:used].astype(np.float64)
        weight = of["weight"][:used].astype(np.float64)
        result = np.empty((used, SCALES))
        for scale in range(SCALES):
            own, sure = excess[:, scale], weight[:, scale]
            prior = np.full(
                used,
                (own.sum() + 50 * PRIOR_SPREAD[scale]) / (sure.sum() + 50),
            )
            for group in self._groups():
                sums = np.bincount(group, own) + 0.0
                weights = np.bincount(group, sure)
                prior = (sums[group] + PRIOR_WEIGHT * 2 * prior) / (
                    weights[group] + PRIOR_WEIGHT * 2
                )
            result[:, scale] = (own + PRIOR_WEIGHT * prior) / (sure + PRIOR_WEIGHT)
        return np.clip(result, LEAST_SPREAD, 30.0)

    # -- learning

    def learn(
        self, rows: Index, hour: int, usual: Usual, count: Numbers, squares: Numbers, calm: Any
    ) -> None:
        """Takes in what the hour brought the rows that had something, or should have had.

        `squares` (rows, SCALES) are sums of squared counts of the hour's windows; `calm` says
        who has no alarm: others teach their dispersion little. They do teach it, or a key whose
        dispersion is taken too small would alarm for ever.
        """
        number, of = bin_of(hour), self.rows.of
        mean, unit = usual.mean[rows], usual.unit[rows]
        stray = usual.spread[rows, -1] + usual.doubt[rows]
        most = unit * upper_range(mean / unit, stray, WINSOR)
        most = np.where(usual.visits[rows] < SURE, np.inf, most)
        taught = np.minimum(count, np.maximum(most, 2.0 * unit))
        passed = self._passed(rows, number)
        of["total"][rows, number] = (
            of["total"][rows, number] * _POWERS[passed] * KEEP + taught
        ).astype(np.float32)
        visits = of["visits"][rows, number].astype(np.int64) + passed + 1
        of["visits"][rows, number] = np.minimum(visits, 255).astype(np.uint8)
        of["last"][rows, number] = (self.calendar.visits[number] + 1) & 0xFF
        self._learn_level(rows, taught, self.calendar.shape()[number])
        sure = np.minimum(usual.visits[rows] / SURE, 1.0) ** 2
        self._learn_spread(rows, usual, count, squares, np.where(calm, sure, HOT * sure))

    def skip(self, rows: Index, hour: int) -> None:
        """An hour that teaches these rows nothing, as if they had not been visited."""
        number, of = bin_of(hour), self.rows.of
        passed = self._passed(rows, number)
        of["total"][rows, number] *= _POWERS[passed].astype(np.float32)
        visits = of["visits"][rows, number].astype(np.int64) + passed
        of["visits"][rows, number] = np.minimum(visits, 255).astype(np.uint8)
        of["last"][rows, number] = (self.calendar.visits[number] + 1) & 0xFF

    def close(self, hour: int, usual: Usual, count: Numbers, alive: Index) -> None:
        """Counts the hour as visited, and takes it into the fleet's rhythm. After `learn`."""
        number = bin_of(hour)
        sure = alive[
            (self.rows.of["level_hours"][alive] > 12) & (usual.level[alive] >= usual.unit[alive])
        ]
        if len(sure) >= 3:
            shares = np.minimum(count[sure] / usual.level[sure], 8.0)
            calendar = self.calendar
            calendar.rhythm[number] = calendar.rhythm[number] * KEEP + float(shares.mean())
            calendar.rhythm_weight[number] = calendar.rhythm_weight[number] * KEEP + 1.0
        self.calendar.visits[number] += 1

    def _learn_level(self, rows: Index, taught: Numbers, shape: float) -> None:
        of = self.rows.of
        own, hours = self._own_level(rows)
        of["level"][rows] = (own * LEVEL_KEEP + taught).astype(np.float32)
        of["level_hours"][rows] = (hours * LEVEL_KEEP + shape).astype(np.float32)
        of["level_last"][rows] = sum(self.calendar.visits) + 1

    def _learn_spread(
        self, rows: Index, usual: Usual, count: Numbers, squares: Numbers, share: Numbers
    ) -> None:
        """The hour's dispersion from how far it is from its mean; that of its parts from how they
        share the hour, whatever it brought: of n that fall into windows, pairs meet in one as often
        as 1 + dispersion says."""
        unit, mean = usual.unit[rows], usual.mean[rows]
        strayed = (count - mean) ** 2 - unit * mean
        most = 9.0 * (unit * mean + usual.spread[rows, -1] * mean**2)
        self._add_spread(rows, -1, mean / unit, np.minimum(strayed, most) / mean**2, share)
        pairs = count**2 - unit * count
        several = pairs > 0
        at, pairs = rows[several], pairs[several]
        for scale, minutes in enumerate(MINUTES[:-1]):
            windows = 60 / minutes
            met = squares[several, scale] - (unit * count)[several]
            found = windows * met / pairs - 1
            each = (count / unit)[several] / windows
            self._add_spread(at, scale, each, found, share[several] * windows)

    def _add_spread(
        self, rows: Index, scale: int, requests: Numbers, found: Numbers, share: Numbers
    ) -> None:
        """`requests` in a window: few of them tell little."""
        of = self.rows.of
        told = (TELLING[scale] * requests / (1 + TELLING[scale] * requests)) ** 2
        told = np.minimum(told * share, 2.0)
        for name, new in (("excess", told * found), ("weight", told)):
            of[name][rows, scale] = (SPREAD_KEEP * of[name][rows, scale] + new).astype(np.float32)

    def teach_flow(self, rows: Index, values: Numbers, events: Numbers) -> None:
        """Learns how many values come with an event."""
        of = self.rows.of
        for name, found in (("values", values), ("events", events)):
            of[name][rows] = (0.98 * of[name][rows] + found).astype(np.float32)

    def teach_peak(self, rows: Index, busiest: Numbers) -> None:
        """Learns what the busiest minute of a day has: fast upwards, by three times at most, and
        slowly down; and how much it strays where a batch ran."""
        of = self.rows.of
        peak = of["peak"][rows].astype(np.float64)
        step = 0.3 * (np.where(peak > 0, np.minimum(busiest, 3 * peak), busiest) - peak)
        first = np.where(peak > 0, peak + step, busiest)
        of["peak"][rows] = np.where(busiest > peak, first, peak * PEAK_KEEP)
        ran = (peak > 0) & (busiest > peak / 3)
        at, strayed = rows[ran], np.minimum((busiest[ran] / peak[ran] - 1) ** 2, MOST_STRAYED)
        of["peak_excess"][at] = BATCH_KEEP * of["peak_excess"][at] + strayed
        of["peak_weight"][at] = BATCH_KEEP * of["peak_weight"][at] + 1.0

    def begin(self, row: int, hour: int) -> None:
        """A new row: it has been visited never, by a feed that has been here before."""
        of = self.rows.of
        of["last"][row] = np.array(self.calendar.visits) & 0xFF
        of["level_last"][row] = sum(self.calendar.visits)
        of["born"][row] = of["seen"][row] = hour
        of["days"][row] = np.nan

    def rescale(self, row: int, ratio: float, bins: Iterable[int]) -> None:
        """Multiplies what is usual for a row in some bins; in all of them, its level too."""
        of, at = self.rows.of, np.array([row])
        level, unit = self._levels(self.unit(slice(0, self.rows.used)))[at], self.unit(at)
        shape, whole = self.calendar.shape(), set(bins)
        for number in sorted(whole):
            mean, weight, visits = self._bin(at, number, level * shape[number], unit)
            of["total"][row, number] = ratio * mean[0] * (max(weight[0], 1.0) + LEAN)
            of["visits"][row, number] = max(visits[0], 1)
            of["last"][row, number] = self.calendar.visits[number] & 0xFF
        if len(whole) == BINS:
            of["level"][row] *= ratio

    def unvisited(self, row: int) -> NDArray[np.uint8]:
        """How many visits of each bin the row has not written down."""
        return ((np.array(self.calendar.visits) - self.rows.of["last"][row]) & 0xFF).astype(
            np.uint8
        )


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
