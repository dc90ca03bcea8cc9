"""What is usual for each key in an hour, and how far counts stray from it.

How sure a mean is (`detectors.anomaly.bins`) enters the dispersion it is judged with, so that
little knowledge alarms little.

Dispersion is that of a negative binomial (`detectors.anomaly.counts`): of an hour around its mean,
and of minutes and tens of minutes around their share of whatever the hour brought, since a key that
sends in clumps strays more from a tenth of its hour than from an hour. It is shrunk towards that of
the sub-processor, the category and the fleet, in this order, and counts in requests' worth of
values, since values come several at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.bins import WEIGHTS, Bins
from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import BINS, DAYS, SCALES
from detectors.anomaly.tails import Tails

PRIOR_SPREAD: Final = np.array([0.8, 0.4, 0.15])
PRIOR_WEIGHT: Final = 10.0
"""Hours that the dispersion of others counts for."""
LEAST_SPREAD: Final = np.array([0.02, 0.02, 0.02])
SURE: Final = 3
"""Visits of a bin from which on one more can teach it little; until then it takes all it is told,
and the same hour of the other kind of day has a say in what is too much."""
FADING, LASTING = 0.2, 0.7
"""How much an hour says of the pace against the one after it, and how much of a pace lasts."""
FASTEST: Final = 2.0
PACE_HOT: Final = 6
"""Hours after an alarm in which a key's own pace is not believed."""
CLUMPED: Final = 8.0
"""Traffic is clumped where a bin brings so many times an average hour."""
LUMPY: Final = 4.0
"""And lumpy within the hour where its minutes, or tens of minutes, have such a dispersion."""
UNEVEN: Final = 3.0
"""Lumpy traffic is in batches where a bin brings so many times an average hour."""
LATE: Final = 2
"""Hours that something may be late."""
WEEKLY: Final = 6.0
"""A day that had so many times an average one may have a weekly batch."""
NEW: Final = 24.0
"""Hours until a key is judged by itself alone."""
FEW: Final = 8
"""Keys that must be known before others are judged by them."""
STRANGE: Final = 3.0
"""How much larger than its kind a new key may be, as a logarithm."""


@dataclass(slots=True)
class Usual:
    """What one hour should bring, for every row. Counts are values, or requests."""

    hour: int
    mean: Numbers
    high: Numbers
    """What may come at most on average: the largest mean of this hour and its neighbours, since
    work moves by an hour, with what the last hours owe; of a new key, what the largest of its kind
    have."""
    low: Numbers
    sides: Numbers
    """(2, rows) the means of the hour before and of the hour after."""
    other: Numbers
    """What may come for other reasons than that work moves: of an hour that is hardly known, what
    it has on the other kind of day; of batches, what came two hours off or a week ago."""
    owed: Numbers
    """What the last hours did not bring, and this one may."""
    strange: Numbers
    """How many times larger than its kind a new key may be; 1 for others."""
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
    """Whether traffic comes in batches, in few of the day's hours."""
    lumpy: NDArray[np.bool_]
    """(2, rows) whether it comes in few of the hour's minutes, and of its tens of minutes."""
    batches: NDArray[np.bool_]
    """Whether it comes in few minutes of some hours only, and may come in another."""
    weekend: NDArray[np.bool_]
    """Whether the hour is one of a weekend, by the row's clock."""
    tails: Tails
    judged: NDArray[np.bool_]
    """Whether enough is known, of the key or of others of its kind, to judge it at all."""


class Season:
    """Reads what is usual."""

    def __init__(self, bins: Bins) -> None:
        self.bins = bins
        self.rows = bins.rows

    def usual(self, hour: int) -> Usual:
        """For all rows in use; rows that hold no key have meaningless numbers."""
        of, used = self.rows.of, self.rows.used
        unit = self.bins.unit(slice(0, used))
        shape = self.bins.calendar.shape()
        level = self.bins.levels(unit)
        spread = self._spreads()
        every = slice(0, used)
        here = self.bins.of(hour)
        mean, weight, visits = self.bins.read(every, here, level * shape[here], unit)
        strange = np.exp(STRANGE * self._strange())
        sides = self._means((hour - 1, hour + 1), level, unit)
        other = self.bins.read(every, (here + BINS // 2) % BINS, level, unit)[0]
        other = np.where(visits < SURE, other, 0.0)
        top = self._busiest() / level
        clumped = (top > CLUMPED) & (of["peak"][:used] > 0)
        lumpy = (spread.T[:-1] > LUMPY) & (of["peak"][:used] > 0) | clumped
        latest = self._means(self.bins.calendar.latest, level, unit)
        pace = np.where(clumped, 1.0, self._pace(hour, latest, unit / spread[:, -1]))
        early = self.bins.read(every, self.bins.of(hour + 2), level, unit)[0]
        late = self._a_week_ago(hour // 24, level)
        other = np.maximum(other, np.where(clumped, np.maximum(early, late), 0.0))
        owed = self._owed(hour, latest, pace)
        return Usual(
            hour=hour,
            mean=mean,
            high=(np.maximum.reduce([mean, *sides, other]) + owed) * strange,
            pace=pace,
            clumped=clumped,
            lumpy=lumpy,
            batches=lumpy[0] & (top > UNEVEN),
            tails=Tails.of(self.rows, every, hour),
            judged=self._judged(visits),
            weekend=np.full(used, here >= BINS // 2),
            low=np.minimum(mean, np.minimum(*sides)),
            sides=sides,
            other=other,
            owed=owed,
            strange=strange,
            unit=unit,
            level=level,
            doubt=self._doubt(weight / (unit / mean + spread[:, -1])),
            spread=spread,
            visits=visits,
        )

    def _means(self, hours: Iterable[int], level: Numbers, unit: Numbers) -> Numbers:
        """(hours, rows) what is usual for some hours."""
        every, shape = slice(0, self.rows.used), self.bins.calendar.shape()
        bins = [self.bins.of(hour) for hour in hours]
        return np.stack([self.bins.read(every, one, level * shape[one], unit)[0] for one in bins])

    def _doubt(self, known: Numbers) -> Numbers:
        return doubt_of(self.rows.of["level_hours"][: self.rows.used], known)

    def _pace(self, hour: int, latest: Numbers, prior: Numbers) -> Numbers:
        """Rates that stray like a gamma distribution around the usual, and counts of them that are
        Poisson: the pace is the mean of what the rate may be, given the counts; `prior` is the
        inverse of the dispersion, in what is counted. Of an attack it believes nothing: a row with
        an alarm has a pace of 1 at most. Hours say the less, the longer they are past."""
        of, used = self.rows.of, self.rows.used
        weights = FADING ** (hour - 1 - np.array(self.bins.calendar.latest, np.float64))
        came = (of["before"][:used] * weights).sum(axis=1)
        expected = (weights[:, None] * latest).sum(axis=0)
        pace = ((came + prior) / (expected + prior)) ** LASTING
        hot = of["hot"][:used].astype(np.int64) >= hour - PACE_HOT
        return np.clip(pace, 1 / FASTEST, np.where(hot, 1.0, FASTEST))

    def _owed(self, hour: int, latest: Numbers, pace: Numbers) -> Numbers:
        """What the last hours should have brought and did not, though the day is not that quiet: it
        may be late."""
        before = self.rows.of["before"][: self.rows.used].T
        late = np.array(self.bins.calendar.latest)[:, None] >= hour - LATE
        missing = late & (before < latest * np.minimum(pace, 1.0) / 2)
        return np.where(missing, latest - before, 0.0).sum(axis=0)

    def _a_week_ago(self, day: int, level: Numbers) -> Numbers:
        """What this day may bring because its service had much more than usual on the same weekday
        one or two weeks ago, and no alarm since: 0 for most rows."""
        of, group = self.rows.of, self.rows.group["service"][: self.rows.used]
        whole = self.rows.of_all()
        newest, hot = (of[name][whole].astype(np.int64) for name in ("days_at", "hot"))
        most = np.zeros(len(whole))
        for back in (7, 14):
            known = (newest >= day - back) & (hot // 24 != day - back)
            brought = np.expm1(of["days"][whole, (day - back) % DAYS].astype(np.float64))
            most = np.fmax(most, np.where(known, brought, 0.0))
        times = most / np.maximum(24 * level[whole], 1e-9)
        size = int(group.max(initial=0)) + 1
        of_group = np.bincount(group[whole], np.where(times > WEEKLY, times, 0.0), size)
        return 24 * level * of_group[group]

    def _busiest(self) -> Numbers:
        """What the busiest bin of each row brings."""
        total, visits = (self.rows.of[name][: self.rows.used] for name in ("total", "visits"))
        most, best = total.max(axis=1), np.zeros(len(total), np.int64)
        for number in reversed(range(BINS)):  # the first of equals; `argmax` takes twice as long
            best[total[:, number] == most] = number
        return most / np.maximum(WEIGHTS[visits[np.arange(len(total)), best]], 1.0)

    def _judged(self, visits: Numbers) -> NDArray[np.bool_]:
        old = self.rows.of["level_hours"][: self.rows.used] >= NEW
        return old | (visits >= SURE) | bool(old.sum() >= FEW)

    def _strange(self) -> Numbers:
        """How strange a new key still is: from 1 to 0 after a day of traffic."""
        return np.maximum(1 - self.rows.of["level_hours"][: self.rows.used] / NEW, 0.0)

    def _spreads(self) -> Numbers:
        of, used = self.rows.of, self.rows.used
        excess = of["excess"][:used].T.astype(np.float64, order="C")
        weight = of["weight"][:used].T.astype(np.float64, order="C")
        result = np.empty((SCALES, used))
        for scale in range(SCALES):
            own, sure = excess[scale], weight[scale]
            prior = np.full(
                used,
                (own.sum() + 50 * PRIOR_SPREAD[scale]) / (sure.sum() + 50),
            )
            for group in self.bins.groups():
                sums = np.bincount(group, own) + 0.0
                weights = np.bincount(group, sure)
                prior = (sums[group] + PRIOR_WEIGHT * 2 * prior) / (
                    weights[group] + PRIOR_WEIGHT * 2
                )
            result[scale] = (own + PRIOR_WEIGHT * prior) / (sure + PRIOR_WEIGHT)
        return np.clip(result.T, LEAST_SPREAD, 30.0)


def doubt_of(hours: NDArray[np.float32], known: Numbers) -> Numbers:
    """How unsure means are of which so much is `known`, as a dispersion: a new key's hours say
    little."""
    unsure = 1.0 + 8.0 / (1.0 + hours.astype(np.float64))
    return 1.0 / (1.0 / unsure + known)
