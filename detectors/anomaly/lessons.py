"""What the baselines learn of each closed hour: means, levels, dispersions and busiest minutes.

What an hour teaches is bounded, so that an attack does not become usual.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.bins import FREE, KEEP, LEAN, LEVEL_KEEP, POWERS, Bins, of_week
from detectors.anomaly.counts import Numbers, upper_range
from detectors.anomaly.rows import BINS, Index, coarse
from detectors.anomaly.season import SURE, Usual

SPREAD_KEEP: Final = 0.995
PEAK_KEEP: Final = float(np.exp(-1 / 504))
"""Of a busiest minute, from hour to hour: three weeks."""
BATCH_KEEP: Final = 0.98
MOST_STRAYED: Final = 4.0
"""A batch teaches at most so much of the dispersion of busiest minutes."""
WINSOR: Final = 3.0
"""An hour teaches at most its mean and so many deviations: an attack must not become usual."""
FLOW_KEEP: Final = 0.98
"""Of how full requests are, from one hour with traffic to the next."""
HOT: Final = 0.25
"""How much an hour with an alarm teaches of dispersion and peaks, against one without."""
TELLING: Final = np.array([2.0, 1.0, 0.2])
"""A dispersion that an hour tells fully; of a smaller one, or of few requests, it tells less."""
MINUTES: Final = np.array([1, 10, 60])


class Lessons:
    """Teaches the rows."""

    def __init__(self, bins: Bins) -> None:
        self.bins = bins
        self.rows = bins.rows

    def learn(
        self, rows: Index, hour: int, usual: Usual, count: Numbers, squares: Numbers, calm: Any
    ) -> None:
        """Takes in what the hour brought the rows that had something, or should have had.

        `squares` (rows, SCALES) are sums of squared counts of the hour's windows; `calm` says
        who has no alarm: others teach their dispersion little. They do teach it, or a key whose
        dispersion is taken too small would alarm for ever.
        """
        number, of = self.bins.of(hour, rows), self.rows.of
        mean, unit = usual.mean[rows], usual.unit[rows]
        stray = usual.spread[rows, -1] + usual.doubt[rows]
        most = unit * upper_range(mean / unit, stray, WINSOR)
        most = np.where(usual.visits[rows] < SURE, np.inf, most)
        taught = np.minimum(count, np.maximum(most, 2.0 * unit))
        passed = self.bins.passed(rows, number)
        of["total"][rows, number] = coarse(
            of["total"][rows, number] * POWERS[passed] * KEEP + taught
        )
        visits = of["visits"][rows, number].astype(np.int64) + passed + 1
        of["visits"][rows, number] = np.minimum(visits, 255).astype(np.uint8)
        of["last"][rows, number] = (self.bins.visited(rows, number) + 1) & 0xFF
        self._learn_level(rows, taught, self.bins.calendar.shape()[number])
        sure = np.minimum(usual.visits[rows] / SURE, 1.0) ** 2
        self._learn_spread(rows, usual, count, squares, np.where(calm, sure, HOT * sure))

    def skip(self, rows: Index, hour: int) -> None:
        """An hour that teaches these rows nothing, as if they had not been visited."""
        number, of = self.bins.of(hour, rows), self.rows.of
        passed = self.bins.passed(rows, number)
        of["total"][rows, number] = coarse(of["total"][rows, number] * POWERS[passed])
        visits = of["visits"][rows, number].astype(np.int64) + passed
        of["visits"][rows, number] = np.minimum(visits, 255).astype(np.uint8)
        of["last"][rows, number] = (self.bins.visited(rows, number) + 1) & 0xFF
        own, hours = self.bins.own_level(rows)
        of["level"][rows], of["level_hours"][rows] = own, hours
        of["level_last"][rows] = self.bins.calendar.hours() + 1

    def close(self, hour: int, usual: Usual, count: Numbers, alive: Index) -> None:
        """Counts the hour as visited, and takes it into the fleet's rhythm. After `learn`."""
        number = hour % 24 + BINS // 2 * int(FREE[0, of_week(hour)])
        sure = alive[
            (self.rows.of["level_hours"][alive] > 12) & (usual.level[alive] >= usual.unit[alive])
        ]
        if len(sure) >= 3:
            shares = np.minimum(count[sure] / usual.level[sure], 8.0)
            calendar = self.bins.calendar
            calendar.rhythm[number] = calendar.rhythm[number] * KEEP + float(shares.mean())
            calendar.rhythm_weight[number] = calendar.rhythm_weight[number] * KEEP + 1.0
        self.bins.calendar.visit(hour)
        self.bins.calendar.latest = [*self.bins.calendar.latest[1:], hour]

    def _learn_level(self, rows: Index, taught: Numbers, shape: Any) -> None:
        of = self.rows.of
        own, hours = self.bins.own_level(rows)
        of["level"][rows] = (own * LEVEL_KEEP + taught).astype(np.float32)
        of["level_hours"][rows] = (hours * LEVEL_KEEP + shape).astype(np.float32)
        of["level_last"][rows] = self.bins.calendar.hours() + 1

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
        several = np.nonzero(count**2 - unit * count > 0)[0]
        at, count, unit, share = rows[several], count[several], unit[several], share[several]
        alone = unit * count
        pairs, requests = count**2 - alone, count / unit
        for scale, minutes in enumerate(MINUTES[:-1]):
            windows = 60 / minutes
            met = squares[several, scale] - alone
            found = windows * met / pairs - 1
            self._add_spread(at, scale, requests / windows, found, share * windows)

    def _add_spread(
        self, rows: Index, scale: int, requests: Numbers, found: Numbers, share: Numbers
    ) -> None:
        """`requests` in a window: few of them tell little."""
        of = self.rows.of
        told = (TELLING[scale] * requests / (1 + TELLING[scale] * requests)) ** 2
        told = np.minimum(told * share, 2.0)
        for name, new in (("excess", told * found), ("weight", told)):
            of[name][rows, scale] = (SPREAD_KEEP * of[name][rows, scale] + new).astype(np.float32)

    def teach_flow(self, rows: Index) -> None:
        """Learns how many values come with an event."""
        of, running = self.rows.of, self.rows.running.of
        for name, found in (("values", running["count"]), ("events", running["events"])):
            of[name][rows] = (FLOW_KEEP * of[name][rows] + found[rows]).astype(np.float32)

    def teach_fill(self, rows: Index, hot: NDArray[np.bool_]) -> None:
        """Learns how values stray, given their requests: of hours with an alarm little, or who
        sends in bulk from now on would alarm for ever."""
        of, running = self.rows.of, self.rows.running.of
        share = np.where(hot, HOT, 1.0)
        for name in ("fill", "fill_minutes"):
            found = share * running[name][rows]
            of[name][rows] = (FLOW_KEEP * of[name][rows] + found).astype(np.float32)

    def teach_bulk(self, rows: Index, unit: Numbers, hot: NDArray[np.bool_]) -> None:
        """Learns the most that a minute has above what its requests usually hold: upwards by three
        times at most, slowly in an hour with an alarm, else at once; and slowly down."""
        bulk = self.rows.numbers("bulk", rows) * PEAK_KEEP
        lump = self.rows.running.of["lump"][rows].astype(np.float64)
        lump = np.minimum(lump, 3 * np.maximum(bulk, unit))
        higher = bulk + np.where(hot, HOT, 1.0) * (lump - bulk)
        self.rows.of["bulk"][rows] = np.maximum(bulk, higher)

    def teach_peak(
        self, rows: Index, usual: Usual, busiest: Numbers, calm: NDArray[np.bool_]
    ) -> None:
        """Learns what the busiest minute of a day has: upwards by three times at most, fast unless
        there is an alarm, and slowly down; and how much it strays where a batch ran. Hours that are
        hardly known take all they are told."""
        of = self.rows.of
        peak = of["peak"][rows].astype(np.float64)
        share = np.where(calm, 1.0, HOT)
        step = 0.3 * share * (np.minimum(busiest, 3 * peak) - peak)
        new = (peak == 0) | (usual.visits[rows] < SURE)
        higher = np.where(new, busiest, peak + step)
        of["peak"][rows] = np.where(busiest > peak, higher, peak * PEAK_KEEP)
        ran = np.nonzero((peak > 0) & (busiest > peak / 3))[0]
        at, strayed = rows[ran], np.minimum((busiest[ran] / peak[ran] - 1) ** 2, MOST_STRAYED)
        for name, told in (("peak_excess", share[ran] * strayed), ("peak_weight", share[ran])):
            of[name][at] = BATCH_KEEP * of[name][at] + told

    def begin(self, row: int, hour: int) -> None:
        """A new row: it has been visited never, by a feed that has been here before. It goes by the
        clock of its service."""
        of = self.rows.of
        of["clock"][row] = of["clock"][self.rows.whole_of(row)]
        of["last"][row] = self.bins.visits_of(row) & 0xFF
        of["level_last"][row] = self.bins.calendar.hours()
        of["born"][row], of["came"][row] = hour, hour * 60
        of["days"][row] = np.nan

    def rescale(self, row: int, ratio: float, bins: Iterable[int]) -> None:
        """Multiplies what is usual for a row in some bins, and its busiest minutes; in all of them,
        its level too."""
        of, at = self.rows.of, np.array([row])
        level, unit = (
            self.bins.levels(self.bins.unit(slice(0, self.rows.used)))[at],
            self.bins.unit(at),
        )
        shape, whole, highest = self.bins.calendar.shape(), set(bins), 0.0
        for number in sorted(whole):
            mean, weight, visits = self.bins.read(at, number, level * shape[number], unit)
            of["total"][row, number] = coarse(ratio * mean[0] * (max(weight[0], 1.0) + LEAN))
            of["visits"][row, number] = max(visits[0], 1)
            of["last"][row, number] = self.bins.visited(at, number)[0] & 0xFF
            highest = max(highest, ratio * float(mean[0]))
        peak = float(of["peak"][row])
        of["peak"][row] = min(ratio * peak, max(peak, highest))  # a minute is within its hour
        if len(whole) == BINS:
            of["level"][row] *= ratio

    def unvisited(self, row: int) -> NDArray[np.uint8]:
        """How many visits of each bin the row has not written down."""
        return ((self.bins.visits_of(row) - self.rows.of["last"][row]) & 0xFF).astype(np.uint8)
