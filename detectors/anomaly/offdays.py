"""Days off: whether a service that has fallen quiet on a weekday just does not work today.

Whoever rests at weekends has holidays too, some ten a year that no calendar here knows. Since
midnight, by the clock that says when its weekend begins, such a service brings what it does at
weekends. How likely that is follows by Bayes' rule from what it had brought since midnight before
it fell quiet: who has worked in the morning has no day off. One day is believed, a second is not,
and what the first did not bring is no surprise on the second.
"""

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.bins import FREE, STARTS, of_week
from detectors.anomaly.clocks import likelihood, rests
from detectors.anomaly.counts import Numbers
from detectors.anomaly.leak import LAG, day_stray
from detectors.anomaly.rows import BINS, DAYS, LATEST, Index
from detectors.anomaly.season import Season, Usual

RESTING: Final = 1.5
"""What brings so many times more on weekdays rests at weekends."""
SELDOM_OFF: Final = log(25.0)
"""How unlikely a weekday is to be a day off: ten a year."""
_BACK: Final = np.arange(23, -1, -1)
"""A day's hours, before the one that is judged."""
_MIDNIGHTS: Final = np.array(STARTS) % 24


@dataclass(frozen=True, slots=True)
class OffDay:
    """What a day off would mean for some services (rows) that are quiet in an hour."""

    season: Season
    usual: Usual
    at: Index
    hour: int
    means: Numbers
    """(24, rows) what the last hours should bring, and what they do on a day off."""
    rest: Numbers
    midnight: Index
    """(rows,) the hour in which the day began, by their clocks."""

    @classmethod
    def of(cls, season: Season, usual: Usual, at: Index, hour: int) -> "OffDay":
        bins, hours = season.bins, hour - _BACK
        numbers = [bins.of(int(one), at) for one in hours]
        means = np.stack([bins.means(at, one, usual.level) for one in numbers])
        half = BINS // 2
        rest = np.stack([bins.means(at, one % half + half, usual.level) for one in numbers])
        midnight = hour - (hour - _MIDNIGHTS[season.rows.of["clock"][at]]) % 24
        today = hours[:, None] >= midnight
        off = rests(bins, at, RESTING) & (today != _off_before(season, at, hour, midnight))
        rest = np.where(off, np.minimum(rest, means), means)
        return cls(season, usual, at, hour, means, rest, midnight)

    def instead(self, expected: Numbers, since: Index, until: Index) -> Numbers:
        """What is expected on a day off instead of so much, between some minutes since 1970."""
        part = self._parts(since, until)
        work, off = (np.maximum((part * one).sum(axis=0), 1e-9) for one in (self.means, self.rest))
        return expected - np.minimum(expected, work) * (1 - off / work)

    def unlikely(self, until: Index, brought: Numbers) -> Numbers:
        """-ln of how likely the day is off, given what it has `brought` since midnight UTC up to
        some minutes; of hours before that the latest are known."""
        utc = self.hour // 24 * 24
        began = np.minimum(np.maximum(self.midnight, self.hour - LATEST), utc)
        latest = np.array(self.season.bins.calendar.latest)[:, None]
        known = (latest >= began) & (latest < utc)
        brought = brought + np.where(known, self.season.rows.of["before"][self.at].T, 0).sum(axis=0)
        part = self._parts(began * 60, np.maximum(until, began * 60))
        work, off = (np.maximum((part * one).sum(axis=0), 1e-9) for one in (self.means, self.rest))
        at, unit = self.at, self.usual.unit[self.at]
        days = np.square(day_stray(self.season.rows, at, self.hour // 24))
        hours = np.maximum(part.sum(axis=0), 1.0)
        stray = days + (self.usual.spread[at, -1] + self.usual.doubt[at]) / hours
        told = likelihood(brought / unit, off / unit, stray)
        told -= likelihood(brought / unit, work / unit, stray)
        return np.logaddexp(0.0, SELDOM_OFF - told)

    def works(self, brought: Numbers) -> NDArray[np.bool_]:
        """Who has surely worked today, given what it has brought before the hour."""
        until = np.full(len(self.at), self.hour * 60)
        return self.unlikely(until, brought) > 2 * SELDOM_OFF

    def _parts(self, since: Index, until: Index) -> Numbers:
        """(24, rows) which part of each hour lies between some minutes."""
        begin = (self.hour - _BACK)[:, None] * 60
        return (np.clip(until - begin, 0, 60) - np.clip(since - begin, 0, 60)) / 60


def _off_before(season: Season, at: Index, hour: int, midnight: Index) -> NDArray[np.bool_]:
    """Who had less than half of its usual on the day before, which was a weekday: on the UTC day
    that had its noon."""
    of, noon, line = season.rows.of, midnight - 12, np.arange(len(at))
    day = np.minimum(noon // 24, hour // 24 - 1)
    logs = of["days"][at].astype(np.float64)
    brought = np.where(of["days_at"][at] >= day, logs[line, day % DAYS], 0.0)
    free = FREE[of["clock"][at], of_week(noon)]
    return ~free & (brought < logs[line, (day - LAG) % DAYS] - log(2.0))
