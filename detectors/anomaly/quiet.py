"""Drops: hours that bring next to nothing, added up while they last. Nothing at all: `silence`.

One quiet hour of a vendor with fifteen requests an hour proves little; five in a row do. What the
hours brought and should have brought is added up and judged as one count. A sum of hours strays as
much as whole days do, and by what single hours stray besides; one of batches as a single hour.

An hour is held against the quietest of itself and its neighbours, since work moves. Where that
leaves nothing, because the hour is a batch's own, it is judged an hour later, together with both
neighbours; a second one must be missed, and it counts how often its service skips one (`skips`). By
itself a service may have one day off (`offdays`).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.bins import WEIGHTS
from detectors.anomaly.calibration import Calibration, Tail
from detectors.anomaly.counts import Numbers, below, surprise
from detectors.anomaly.due import Due
from detectors.anomaly.leak import LAG, day_stray
from detectors.anomaly.offdays import OffDay
from detectors.anomaly.rows import BINS, DAYS, Index, Rows
from detectors.anomaly.season import LATE, SURE, Season, Usual, doubt_of
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.skips import unlikely_skips

QUIET_SHARE: Final = 0.5
"""An hour is quiet if it brings less than this share of what is expected."""
GOES_ON: Final = 0.75
"""And while it lasts, less than this."""
SLIGHT: Final = 0.2
"""Hours that should bring no more say nothing."""
LEAST_MISSING: Final = 4.0
"""So many requests' worth must be missing, or it is not worth a word."""
MUTE: Final = 0.1
"""What brings less than this share of what is expected is silent, but for a part of an hour."""
SILENT: Final = 8.4
"""The surprise from which on a silent service is taught nothing: that of 3.5 deviations."""
NOTHING: Final = 0.05
"""A day without: less than this share of the poorest day of a week."""
TWICE: Final = 1.6
"""A day that had so many times the median one had two batches."""
LEAST_STRAY_OF_DAYS: Final = 0.1
FEW_VISITS: Final = 2 * SURE
ONE_RUN: Final = 1
"""Hours that jobs may miss which run within hours: one of them may be late."""
MOST_HOURS: Final = 60_000
TOLD_HOURLY: Final = 48
"""A silence is told every hour for so long, then once in so many hours: a first day may be off."""


def quiet_days(
    rows: Rows,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    day: int,
    begun: Numbers,
) -> Iterator[Alarm]:
    """Services that had nothing to speak of on the day that `leak.write_day` has closed, though
    each day of a week before had something, or of batches this weekday twice: one did not run. One
    that runs around midnight may have come twice on the day before, or in the hours since, which
    brought what has `begun`. What hours taught says nothing of whole days."""
    of, services = rows.of, rows.of_all()
    seen, least, twice = _days(rows, usual, services, day)
    stray = np.maximum(day_stray(rows, services, day) ** 2, LEAST_STRAY_OF_DAYS)
    score = surprise(below(seen, np.maximum(least, 1e-9), stray))
    likelihood, tail = Tail().calibrated(score), calibration.tail("quiet")
    bar = calibration.bar("quiet", settings.false_alarms_a_week) + of["bar"][services]
    told = (likelihood >= bar) & (np.maximum(seen, begun[services]) < NOTHING * least) & ~twice
    by_hours = told & (of["quiet_hours"][services] > LATE)  # what its hours told needs no more
    single = replace(usual, batches=np.ones(rows.used, np.bool_))
    hourly = _surprise(rows, single, services[by_hours], day * 24 + 23)
    told[by_hours] &= tail.calibrated(hourly) < bar[by_hours]
    for one in np.nonzero(told)[0]:
        row = int(services[one])
        alarm = alarm_of(
            rows, row, "quiet", 1440, float(score[one]), float(likelihood[one]), float(bar[one])
        )
        yield alarm._replace(
            observed=float(seen[one]),
            expected=float(least[one]),
            visits=LAG,
            since=day * 24,
            hours=24,
        )


def _days(
    rows: Rows, usual: Usual, services: Index, day: int
) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """What a day brought some services, the least that it should have, and whether the day before
    had twice as much as others."""
    newest = rows.of["days_at"][services].astype(np.int64)
    back = day - np.arange(2 * LAG, -1, -1)
    days = np.expm1(rows.of["days"][services][:, back % DAYS].astype(np.float64))
    # of days after the newest what is stored is of weeks before
    days = np.where(back > newest[:, None], 0.0, np.nan_to_num(days))
    of_weekday = np.where(usual.clumped[services], days[:, [0, LAG]].min(axis=1), 0.0)
    least = np.maximum(days[:, LAG:-1].min(axis=1), of_weekday)
    least = np.minimum(least, _whole_days(rows, services))  # an analyst may have said so
    twice = days[:, -2] > TWICE * np.maximum(np.median(days[:, LAG:-1], axis=1), days[:, LAG - 1])
    return days[:, -1], least, twice


def _whole_days(rows: Rows, at: Index) -> Numbers:
    """What the bins of a whole day have together, on weekdays or at weekends, whichever is more."""
    weights = np.maximum(WEIGHTS[rows.of["visits"][at]], 1.0)
    means = rows.of["total"][at] / weights
    most: Numbers = means.reshape(len(at), 2, BINS // 2).sum(axis=2).max(axis=1)
    return most


def quiet_hours(
    season: Season,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    hour: int,
    count: Numbers,
    due: Due,
) -> tuple[Index, Index, list[Alarm]]:
    """The rows that this changes; the services that are silent, as far as one can tell: the hour
    teaches them nothing; and the silences that are sure enough to be told."""
    rows, services = season.rows, due.services
    seen = count[services]
    late, late_least, late_seen = _batches(season, usual, services, hour, seen)
    least = np.where(late & (due.least > 0), late_least, due.least)
    seen = np.where(late, late_seen, seen)
    share_of = np.where(rows.of["quiet_hours"][services] > 0, GOES_ON, QUIET_SHARE)
    slight = SLIGHT * np.where(usual.batches[services], usual.level[services], 1.0)
    quiet = (seen < share_of * least) & (least > np.maximum(slight, SLIGHT))
    over = (least > 0) & ~quiet & (count[services] > 0) & (count[services] >= share_of * least)
    ended = services[over & (rows.of["quiet_hours"][services] > 0)]
    # what lasts only grows: it teaches once, when it is over, how often it comes to that; what
    # brought next to nothing was a silence
    drops = ended[rows.of["quiet_seen"][ended] > MUTE * rows.of["quiet_expected"][ended]]
    calibration.tail("quiet").observe(_surprise(rows, usual, drops, hour), len(services))
    _end(rows, ended)
    at = services[quiet]
    _add(rows, at, hour, seen[quiet], least[quiet])
    score = _surprise(rows, usual, at, hour)
    told = list(_long_enough(season, usual, calibration, settings, at, score, (hour, count)))
    return np.concatenate([at, ended]), at[score >= SILENT], told


def _batches(
    season: Season, usual: Usual, services: Index, hour: int, seen: Numbers
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Numbers, Numbers]:
    """Which services have a batch that was due an hour ago; what it should have brought, and what
    came in the three hours around it."""
    two_ago, ago = (season.bins.of(hour - back, services) for back in (2, 1))
    before = season.bins.means(services, ago, usual.level)
    earlier = season.bins.means(services, two_ago, usual.level)
    now = usual.mean[services]
    batch = (
        (before > 4 * now)
        & (before > 4 * earlier)
        & (season.bins.visits(services, ago) >= 3)
        & (season.bins.calendar.latest[1:] == [hour - 2, hour - 1])
    )
    came = seen + season.rows.of["before"][services, 1:].sum(axis=1)
    return batch, before, came


def _end(rows: Rows, at: Index) -> None:
    for name in ("quiet_since", "quiet_hours"):
        rows.of[name][at] = 0
    for name in ("quiet_seen", "quiet_expected"):
        rows.of[name][at] = 0.0


def _add(rows: Rows, at: Index, hour: int, seen: Numbers, expected: Numbers) -> None:
    of = rows.of
    of["quiet_since"][at] = np.where(of["quiet_since"][at] == 0, hour, of["quiet_since"][at])
    of["quiet_hours"][at] = np.minimum(of["quiet_hours"][at], MOST_HOURS) + 1
    of["quiet_seen"][at] += seen.astype(np.float32)
    of["quiet_expected"][at] += expected.astype(np.float32)


def _surprise(
    rows: Rows, usual: Usual, at: Index, hour: int, expected: Numbers | None = None
) -> Numbers:
    """How surprising the quiet hours of some services are together; if given, so much was
    `expected` of them. Means of few visits are off in all of their hours alike, since those visits
    were of the same days."""
    of, unit = rows.of, usual.unit[at]
    hours = np.maximum(of["quiet_hours"][at], 1).astype(np.float64)
    seen = of["quiet_seen"][at] / unit
    expected = (of["quiet_expected"][at] if expected is None else expected) / unit
    doubt = np.where(usual.batches[at], _doubt(rows, usual, at, expected), usual.doubt[at])
    single = usual.spread[at, -1] + doubt
    few = np.where(usual.visits[at] < FEW_VISITS, usual.doubt[at], 0.0)
    of_days: Numbers = np.square(day_stray(rows, at, hour // 24)) + (single - few) / hours + few
    stray: Numbers = np.where(usual.batches[at], single, of_days)
    return surprise(below(seen, expected, stray))


def _doubt(rows: Rows, usual: Usual, at: Index, expected: Numbers) -> Numbers:
    """How unsure it is what batches bring: they are judged in hours that bring nothing, of which
    little is known."""
    known = WEIGHTS[usual.visits[at].astype(np.int64)]
    known = known / (1 / np.maximum(expected, 1e-9) + usual.spread[at, -1])
    return doubt_of(rows.of["level_hours"][at], known)


def _long_enough(
    season: Season,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    score: Numbers,
    now: tuple[int, Numbers],
) -> Iterator[Alarm]:
    """`now` is the hour that closes, and what it brought all rows."""
    (hour, count), rows, of = now, season.rows, season.rows.of
    tail = calibration.tail("quiet")
    likelihood = tail.calibrated(score)
    bar = calibration.bar("quiet", settings.false_alarms_a_week) + of["bar"][at]
    missing = (of["quiet_expected"][at] - of["quiet_seen"][at]) / usual.unit[at]
    hours = of["quiet_hours"][at].astype(np.int64)
    told = (hours <= TOLD_HOURLY) | (hours % TOLD_HOURLY == 0)
    late = np.where(usual.batches[at], LATE, ONE_RUN * usual.lumpy[0, at])
    told &= hour - of["quiet_since"][at].astype(np.int64) >= late
    told &= (likelihood >= bar) & (missing >= LEAST_MISSING)
    if not told.any():
        return
    score[told] = _if_off(season, usual, at[told], score[told], hour, count)
    missed = told & usual.batches[at]
    score[missed] = np.minimum(score[missed], unlikely_skips(rows, at[missed]))
    likelihood[told] = tail.calibrated(score[told])
    for one in np.nonzero(told & (likelihood >= bar))[0]:
        row = int(at[one])
        alarm = alarm_of(
            rows, row, "quiet", 60, float(score[one]), float(likelihood[one]), float(bar[one])
        )
        yield alarm._replace(
            observed=float(of["quiet_seen"][row]),
            expected=float(of["quiet_expected"][row]),
            visits=int(usual.visits[row]),
            weekend=bool(usual.weekend[row]),
            since=int(of["quiet_since"][row]),
            hours=int(of["quiet_hours"][row]),
        )


def _if_off(
    season: Season, usual: Usual, at: Index, score: Numbers, hour: int, count: Numbers
) -> Numbers:
    """How surprising the quiet hours are if the day may be off."""
    of, until = season.rows.of, np.full(len(at), hour * 60 + 60)
    day = OffDay.of(season, usual, at, hour)
    expected = of["quiet_expected"][at].astype(np.float64)
    expected = day.instead(expected, of["quiet_since"][at].astype(np.int64) * 60, until)
    off = _surprise(season.rows, usual, at, hour, np.maximum(expected, 1e-9))
    return np.minimum(score, off + day.unlikely(until, of["day"][at] + count[at]))


def alarm_of(
    rows: Rows, row: int, detector: str, minutes: int, score: float, likelihood: float, bar: float
) -> Alarm:
    """A silence, without its numbers."""
    return Alarm(
        row=row,
        rule="volume-low",
        detector=detector,
        metric=rows.metric(row),
        minutes=minutes,
        observed=0.0,
        expected=0.0,
        low=0.0,
        high=0.0,
        visits=0,
        surprise=score,
        likelihood=likelihood,
        bar=bar,
    )
