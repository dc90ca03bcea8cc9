"""When a service has its weekend: few clocks to choose from (`bins.STARTS`), told apart by traffic.

In an hour that is weekend by some clocks and not by others, what came is likelier of a weekend or
of a weekday, going by what is usual for the hour on either. Each service keeps how much less likely
each clock has become than the best one (a logarithm, at most `WORST`). It changes where its own is
clearly refuted, and only in hours that are weekend for nobody: by then both ends of a weekend have
spoken, and a holiday on one of them has not. What works alike all week is told nothing, keeps UTC
and needs no other.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.bins import FREE, KEEP, POWERS, WEIGHTS, Bins, of_week
from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import BINS, Index, Rows, coarse
from detectors.anomaly.season import Usual

CLEAR: Final = 5.0
"""A clock is refuted that is less likely than the best one by e to this power."""
WORST: Final = 20.0
MOST: Final = 2.0
"""What one hour tells at most: several must agree."""
SEEN: Final = 2
"""Visits of both bins of an hour before it tells anything: the first weekend has both its ends."""
RESTS: Final = 1.25
"""Who has so many times more on weekdays than at weekends, in all and in the hour, has weekends."""
ONCE: Final = 1
"""Visits that are left of a bin that held weekdays and weekends mixed."""
MIXED: Final = 0.25
"""How much the dispersion counts for that was learnt from such bins."""


def tell(bins: Bins, usual: Usual, hour: int, count: Numbers) -> Index:
    """Takes in what an hour brought, before the bins learn it; the rows that this changes. Services
    with a fresh alarm tell nothing: an attack moves no weekend."""
    rows, free = bins.rows, FREE[:, of_week(hour)]
    if free.all() or not free.any():
        return np.zeros(0, np.int64)
    services = rows.of_all()
    calm = rows.of["hot"][services].astype(np.int64) < hour - 1
    services = services[calm]
    told = _told(bins, usual, services, hour % 24, count[services])
    some = told != 0
    some[some] = rests(bins, services[some], RESTS)
    services, told = services[some], told[some]
    scores = rows.of["clock_scores"][services].astype(np.float64) + told[:, None] * free
    scores -= scores.max(axis=1, keepdims=True)
    rows.of["clock_scores"][services] = np.maximum(scores, -WORST)
    return services


def _told(bins: Bins, usual: Usual, services: Index, clock: int, count: Numbers) -> Numbers:
    """How much likelier the counts are at a weekend than on a weekday, as a logarithm."""
    unit, level, shape = usual.unit[services], usual.level[services], bins.calendar.shape()
    (working, _, often), (resting, _, seldom) = (
        bins.read(services, one, level * shape[one], unit) for one in (clock, clock + BINS // 2)
    )
    known = (np.minimum(often, seldom) >= SEEN) & (working >= RESTS * resting)
    spread = usual.spread[services, -1]
    told = likelihood(count / unit, resting / unit, spread)
    told -= likelihood(count / unit, working / unit, spread)
    return np.where(known, np.clip(told, -MOST, MOST), 0.0)


def likelihood(count: Numbers, mean: Numbers, spread: Numbers) -> Numbers:
    """The logarithm of a negative binomial's, but for what does not depend on the mean."""
    return count * np.log(mean) - (count + 1 / spread) * np.log1p(spread * mean)


def rests(bins: Bins, services: Index, times: float) -> NDArray[np.bool_]:
    """Which rows bring so many times more in an hour of weekdays than in one of weekends."""
    total = bins.rows.of["total"][services].reshape(-1, 2, BINS // 2).sum(axis=2)
    weight = 1 - KEEP ** np.array(bins.calendar.visits, np.float64)
    weight = np.maximum(weight.reshape(-1, 2, BINS // 2).sum(axis=2), 1e-9)
    each = total / weight.take(bins.rows.of["clock"][services], axis=0)
    return each[:, 0] > times * each[:, 1]


def undecided(rows: Rows, services: Index, hour: int) -> NDArray[np.bool_]:
    """For which services an hour may be weekend or not, going by the clocks that are left."""
    free = FREE[:, of_week(hour)]
    if free.all() or not free.any():
        return np.zeros(len(services), np.bool_)
    left = (rows.of["clock_scores"][services] > -CLEAR).astype(np.float32)
    say = left @ np.stack([free, ~free], axis=1).astype(np.float32)  # how many of them so, or so
    return (say[:, 0] > 0) & (say[:, 1] > 0)


def change(bins: Bins, hour: int) -> Index:
    """Gives services whose clock is refuted the likeliest one, when the hour has been counted as
    visited; the rows that this changes."""
    rows, services = bins.rows, bins.rows.of_all()
    if FREE[:, of_week(hour)].any():
        return np.zeros(0, np.int64)
    scores = rows.of["clock_scores"][services]
    own = rows.of["clock"][services][:, None]
    refuted = np.take_along_axis(scores, own.astype(np.int64), axis=1)[:, 0] <= -CLEAR
    moved, best = services[refuted], scores[refuted].argmax(axis=1)
    if not len(moved):
        return moved
    chosen = np.full(int(rows.group["service"][: rows.used].max()) + 1, -1)
    chosen[rows.group["service"][moved]] = best
    alive = rows.alive()
    clock = chosen[rows.group["service"][alive]]
    set_clock(bins, alive[clock >= 0], clock[clock >= 0])
    return alive[clock >= 0]


def set_clock(bins: Bins, at: Index, clock: Index) -> None:
    """Rows go by other clocks. What their bins hold stays; but of hours of the day that are weekend
    by one of the two clocks only, both bins are mixed: they count as visited once, and the
    dispersion of hours, which took the mixture for straying, counts for little."""
    of, numbers = bins.rows.of, np.arange(BINS)
    passed = bins.passed(at[:, None], numbers)
    visits = np.minimum(of["visits"][at].astype(np.int64) + passed, 255)
    differ = (FREE[of["clock"][at]] != FREE[clock]).reshape(-1, 7, 24).any(axis=1)
    kept = np.where(np.tile(differ, 2), np.minimum(visits, ONCE), visits)
    scale = POWERS[passed] * WEIGHTS[kept] / np.maximum(WEIGHTS[visits], 1.0)
    of["total"][at] = coarse(of["total"][at] * scale)
    of["visits"][at], of["clock"][at] = kept, clock
    of["last"][at] = bins.visited(at[:, None], numbers) & 0xFF
    for name in ("excess", "weight"):
        of[name][at, -1] *= MIXED
