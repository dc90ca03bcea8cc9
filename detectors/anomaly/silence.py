"""Total silence: services that have had no request at all for long, as minutes pass.

What should have come since a service's last request is added up from hour to hour (`gap`), with
what was due in the hour under way while others had something: where next to nobody has, the feed
is away.
How likely such a gap is follows from the slowest rate that is to be expected, and from how hours
stray, and tens of minutes within them. It teaches the calibration once, by what it was when it
ended; one that was told teaches nothing, and neither does one of minutes: vendors are away for a
while and come back. On a day that may be off (`offdays`) less is due. Batches, of which one may be
late, and what still brings a little, are left to `quiet`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration
from detectors.anomaly.counts import Numbers
from detectors.anomaly.daylight import SELDOM
from detectors.anomaly.due import Due, due_of, knows, may_rest
from detectors.anomaly.leak import day_stray
from detectors.anomaly.offdays import OffDay
from detectors.anomaly.quiet import (
    LEAST_MISSING,
    SILENT,
    SLIGHT,
    TOLD_HOURLY,
    alarm_of,
)
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Season, Usual
from detectors.anomaly.settings import BaselineSettings

SHORTEST: Final = 45
"""Minutes: who is away for less comes back by himself."""
EVERY: Final = 5
"""Minutes between two looks."""
SLOWER: Final = np.arange(0.0, 5.0, 0.5)[:, None]
"""Deviations that a rate may be below the usual while nothing at all comes."""
SELDOM_RUN: Final = 1.0
"""The dispersion of tens of minutes from which on what comes in few minutes runs in less than half
of them, maybe once an hour."""
RUNS, LEEWAY = 2, 0.25
"""Hours without any that it takes to miss such runs: one may be late."""
ENOUGH: Final = 15
"""Minutes of an hour from which on they say whether there is work today."""
FED: Final = 0.25
"""The share of the services that should have something, below which the feed is away."""
MOST: Final = 60_000.0
"""Of a gap, to be stored: nobody asks for more."""
ALL: Final = (1 << 60) - 1


def is_fed(rows: Rows, usual: Usual, minute: int) -> bool:
    """Whether a minute that has been folded in had enough services, of those that are due if
    requests come one by one."""
    services = rows.of_all()
    due = -np.expm1(-usual.mean[services] / usual.unit[services] / 60)
    came = np.count_nonzero(rows.of["came"][services] == minute)
    return bool(came >= FED * due.sum())


class Minutes:
    """The minutes of an hour in which the feed was there."""

    def __init__(self, hour: int, bits: int) -> None:
        """`bits` has one for each."""
        had = np.unpackbits(np.array([bits], "<u8").view(np.uint8), bitorder="little")[:60]
        self.hour = hour
        self.count = int(had.sum())
        self._from = np.append(had[::-1].cumsum()[::-1], 0).astype(np.float64)

    def after(self, came: Index) -> Numbers:
        """How many there were after some minutes since 1970."""
        return self._from[np.clip(came + 1 - self.hour * 60, 0, 60)]


def _chance(missed: Numbers, windows: Numbers, within: Numbers, stray: Numbers) -> Numbers:
    """(MOVED, rows) -ln of the chance of nothing in so many windows that stray by `within`, at the
    rate that explains it best, of those that stray."""
    windows = np.maximum(windows, 1e-9)[:, None]
    slow = missed[:, None] * np.exp(-SLOWER * np.sqrt(stray))
    chances = windows * np.log1p(within * slow / windows) / within + SLOWER**2 / 2
    return chances.min(axis=1)


class _Gaps(NamedTuple):
    """Silences of some services: since their last request, in minutes and in requests missed."""

    at: Index
    minutes: Index
    missed: Numbers
    """(MOVED, rows) by how work may have moved."""

    def of(self, some: NDArray[np.bool_]) -> "_Gaps":
        return _Gaps(self.at[some], self.minutes[some], self.missed[:, some])


@dataclass(frozen=True, slots=True)
class Silence:
    """Judges gaps in one hour, of which some `minutes` have passed."""

    season: Season
    usual: Usual
    calibration: Calibration
    settings: BaselineSettings
    minutes: Minutes

    def pass_minute(self, minute: int) -> Iterator[Alarm]:
        """The services whose silence has become sure with a minute that closes, since the look
        before. What is missed here because a look was, is told when the hour is over."""
        if self.minutes.count < ENOUGH or minute % EVERY != EVERY - 1:
            return
        rows = self.season.rows
        work = np.ones(rows.used)
        gaps = self._gaps(rows.of_all(), work, minute, 60)
        before = gaps._replace(missed=self._missed(gaps.at, work, 60, less=EVERY))
        fresh = self._passes(gaps) & ((gaps.minutes < SHORTEST + EVERY) | ~self._passes(before))
        if fresh.any():
            so_far = rows.running.of["count"][: rows.used] * 60 / self.minutes.count
            due = due_of(self.season, self.usual, self.minutes.hour, so_far)
            work[due.services] = due.work
            yield from self._told(self._gaps(gaps.at[fresh], work, minute, 60))

    def end(self, at: Index, minute: int) -> None:
        """Some rows have requests in a minute that is not yet taken in: their gaps are over."""
        rows = self.season.rows
        at = at[rows.whole[at] & (minute - rows.of["came"][at].astype(np.int64) > SHORTEST)]
        gaps = self._gaps(at, np.ones(rows.used), minute - 1, 60) if len(at) else None
        if gaps and len(gaps.at):
            # within hours that bring little a gap is no surprise
            calm = gaps.of(~self._passes(gaps) & (rows.of["quiet_seen"][gaps.at] == 0))
            self.calibration.tail("silence").observe(self._surprise(calm), 0)

    def close_hour(self, due: Due) -> tuple[Index, Index, Index, list[Alarm]]:
        """Takes in the hour that closes: the rows that this changes; the services that are silent,
        as far as one can tell; those that surely are; and the silences that are told now."""
        of, at, hour = self.season.rows.of, due.services, self.minutes.hour
        work = np.zeros(self.season.rows.used)
        work[at] = due.work
        gaps = self._gaps(at, work, hour * 60 + 59, self.minutes.count)
        changed = at[(due.least > SLIGHT) | (of["came"][at] >= hour * 60)]
        of["gap"][changed] = np.minimum(self._missed(changed, work, self.minutes.count), MOST).T
        self.calibration.tail("silence").observe(np.zeros(0), len(at))
        lasted = gaps.minutes // 60
        told = gaps.of((lasted <= TOLD_HOURLY) | (lasted % TOLD_HOURLY == 0))
        silent, sure = gaps.at[self._surprise(gaps) >= SILENT], gaps.at[self._passes(gaps)]
        return changed, silent, sure, list(self._told(told))

    def _gaps(self, at: Index, work: Numbers, minute: int, whole: int) -> _Gaps:
        """Those of some services, up to a minute, that are worth a look."""
        minutes = minute - self.season.rows.of["came"][at].astype(np.int64)
        at, minutes = at[minutes >= SHORTEST], minutes[minutes >= SHORTEST]
        gaps = _Gaps(at, minutes, self._missed(at, work, whole))
        known = knows(self.season, self.usual, at) & ~self.usual.batches[at]
        gaps = gaps.of(known & (gaps.missed[1] >= LEAST_MISSING))
        return gaps.of(~may_rest(self.season, gaps.at, self.minutes.hour))

    def _missed(self, at: Index, work: Numbers, whole: int, less: int = 0) -> Numbers:
        """(MOVED, rows) what should have come since the last request, by how work may have moved.
        `work` (rows,) is the part of the usual that is due today. The hour is due in a `whole`
        number of the feed's minutes; `less` of them are left out."""
        came, hour = self.season.rows.of["came"][at].astype(np.int64), self.minutes.hour
        rates = np.stack([self.usual.sides[0, at], self.usual.mean[at], self.usual.sides[1, at]])
        passed = np.maximum(self.minutes.after(came) - less, 0.0)
        before = np.where(came < hour * 60, self.season.rows.numbers("gap", at), 0.0)
        return before + rates * work[at] * passed / max(whole, 1)

    def _surprise(self, gaps: _Gaps) -> Numbers:
        """-ln of how likely gaps are: work is as usual, or it has moved."""
        early, plain, late = self._nothing(gaps)
        return np.minimum(plain, np.minimum(early, late) + SELDOM)

    def _nothing(self, gaps: _Gaps) -> Numbers:
        """(MOVED, rows) -ln of the chance of nothing, at the rate that explains it best: a slow
        one is unlikely, and at a usual one all hours would have missed everything, and all tens of
        minutes. Each is a negative binomial, and there are as many as the usual rate takes for
        what was missed. Clumps may hold longer than ten minutes, so that the less surprising
        counts; of what runs once in a while tens of minutes say nothing."""
        usual, at = self.usual, gaps.at
        days = np.square(day_stray(self.season.rows, at, self.minutes.hour // 24))
        single = usual.spread[at, -1] + usual.doubt[at]
        runs = usual.lumpy[0, at] & (usual.spread[at, 1] > SELDOM_RUN)
        passed = np.minimum(gaps.minutes / 60, gaps.missed[1] / usual.mean[at] + LEEWAY)
        passed = np.where(runs, np.where(passed < RUNS, 0.0, np.floor(passed)), gaps.minutes / 60)
        times = np.maximum(gaps.missed / np.maximum(usual.level[at], usual.mean[at]), 1 / 6)
        by_hours = _chance(gaps.missed, np.minimum(passed, times), single, days)
        stray = days + single / np.maximum(passed, 1.0)
        by_tens = _chance(gaps.missed, np.minimum(passed, times) * 6, usual.spread[at, 1], stray)
        return np.where(runs, by_hours, np.minimum(by_hours, by_tens))

    def _if_off(self, gaps: _Gaps) -> Numbers:
        """How surprising gaps are if the day may be off."""
        rows, at, hour = self.season.rows, gaps.at, self.minutes.hour
        came = rows.of["came"][at].astype(np.int64)
        day = OffDay.of(self.season, self.usual, at, hour)
        missed = np.stack(
            [day.instead(one, came + 1, (came + gaps.minutes + 1)) for one in gaps.missed]
        )
        now = np.where(came >= hour * 60, rows.running.of["count"][at], 0.0)
        unlikely = day.unlikely(came + 1, rows.of["day"][at] + now)
        off = self._surprise(gaps._replace(missed=missed))
        return np.minimum(self._surprise(gaps), off + unlikely)

    def _bar(self, at: Index) -> Numbers:
        bar = self.calibration.bar("silence", self.settings.false_alarms_a_week)
        return bar + self.season.rows.of["bar"][at].astype(np.float64)

    def _passes(self, gaps: _Gaps) -> NDArray[np.bool_]:
        score = self._surprise(gaps)
        return self.calibration.tail("silence").calibrated(score) >= self._bar(gaps.at)

    def _told(self, gaps: _Gaps) -> Iterator[Alarm]:
        gaps = gaps.of(self._passes(gaps))
        if not len(gaps.at):
            return
        rows, score, bar = self.season.rows, self._if_off(gaps), self._bar(gaps.at)
        likelihood = self.calibration.tail("silence").calibrated(score)
        for one in np.nonzero(likelihood >= bar)[0].tolist():
            row = int(gaps.at[one])
            numbers = float(score[one]), float(likelihood[one]), float(bar[one])
            yield alarm_of(rows, row, "silence", int(gaps.minutes[one]), *numbers)._replace(
                expected=float(gaps.missed[1, one]),
                visits=int(self.usual.visits[row]),
                weekend=bool(self.usual.weekend[row]),
                since=int(rows.of["came"][row]) // 60,
                hours=int(gaps.minutes[one]) // 60,
            )
