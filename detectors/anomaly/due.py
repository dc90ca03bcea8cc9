"""What an hour should bring services at the least, on the day that it is.

Where several vendors have gone as quiet on a weekday as they are at weekends there is no work
today, and that is what they are held against; what has worked since midnight is not. Where the
fleet as a whole has less than is due on such a day, so may each of them.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.clocks import rests, undecided
from detectors.anomaly.counts import Numbers
from detectors.anomaly.offdays import RESTING, OffDay
from detectors.anomaly.rows import BINS, Index
from detectors.anomaly.season import SURE, Season, Usual

SEVERAL: Final = 2
"""Vendors that are as quiet as at weekends, all at once: then there is no work."""
BUSY: Final = 4.0
"""Requests an hour, from which on a service has a say in what the fleet does."""
HOLIDAY: Final = 0.7
"""The share of the usual below which the fleet as a whole is called quiet."""


class Due(NamedTuple):
    """What an hour should bring the services, at the least: 0 where it is not known."""

    services: Index
    least: Numbers
    work: Numbers
    """Which part of the usual that is for its day: 1 but on days without work."""


def due_of(season: Season, usual: Usual, hour: int, count: Numbers) -> Due:
    """By what it brought all rows, as far as there is a day without work."""
    services = season.rows.of_all()
    least = _expected_at_least(season, usual, services, hour, count)
    sure = knows(season, usual, services) & ~may_rest(season, services, hour)
    least = np.where(sure, least, 0.0)
    return Due(services, least, least / usual.low[services])


def knows(season: Season, usual: Usual, at: Index) -> NDArray[np.bool_]:
    """Of which rows it is known what the hour brings. Who does not rest at weekends has shown on
    weekdays, too, what a second weekend should bring."""
    visits = usual.visits[at]
    known = visits >= SURE
    almost = np.nonzero((visits == SURE - 1) & usual.weekend[at])[0]
    known[almost] = ~rests(season.bins, at[almost], RESTING)
    return known


def _fleet_share(usual: Usual, services: Index, count: Numbers, expected: Numbers) -> float:
    """How much of what is expected of them the services have this hour, at most 1: the median of
    those with enough requests. 1 where there are too few to say."""
    busy = usual.low[services] >= BUSY
    if busy.sum() < 8:
        return 1.0
    return min(1.0, float(np.median(count[services[busy]] / expected[busy])))


def _expected_at_least(
    season: Season, usual: Usual, services: Index, hour: int, count: Numbers
) -> Numbers:
    """What the hour should bring some services at the least."""
    off, weekend = _off(season, usual, services, hour, count)
    expected = np.where(off, weekend, usual.mean[services])
    share = _fleet_share(usual, services, count, expected)
    least = np.where(off, weekend, usual.low[services])
    if share < HOLIDAY:
        least *= share
    return least


def _off(
    season: Season, usual: Usual, services: Index, hour: int, count: Numbers
) -> tuple[NDArray[np.bool_], Numbers]:
    """Which services are as quiet on a weekday as at weekends, as those of several vendors are, and
    have not worked today; and what all have at weekends."""
    low, came = usual.low[services], count[services]
    other = season.bins.means(
        services, (season.bins.of(hour, services) + BINS // 2) % BINS, usual.level
    )
    weekend, half = np.minimum(low, other), low / 2
    off = ~usual.weekend[services] & (came < half) & (weekend < half)
    if off.any():
        some = services[off]
        off[off] = ~OffDay.of(season, usual, some, hour).works(season.rows.of["day"][some])
    vendors = season.rows.group["subprocessor"][services[off & (low >= BUSY)]]
    return off & (len(np.unique(vendors)) >= SEVERAL), weekend


def may_rest(season: Season, services: Index, hour: int) -> NDArray[np.bool_]:
    """Which services may have their weekend, as far as one can tell where they work: those that
    bring much less then."""
    found = undecided(season.rows, services, hour)
    found[found] = rests(season.bins, services[found], RESTING)
    return found
