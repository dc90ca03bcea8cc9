"""Slow leaks: people, requests, or values to a request that grow a little every day.

Each day of a key is one number: distinct people of a category, or requests of a service; and, of a
category, values to a request of its service, which stray far less than volumes do. What the whole
fleet grows by is taken off. `ramps` says how surely the last days grow; baselines that forget would
learn such a leak, weeks of days do not. What has grown at once is no leak.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, surprise
from detectors.anomaly.ramps import Common, Ramps, common, ramps
from detectors.anomaly.rows import DAYS, Index, Rows
from detectors.anomaly.settings import BaselineSettings

LAG: Final = 7
SPAN: Final = 14
LEAST_GROWTH: Final = 0.15
"""In all, as a logarithm."""
LEAST_COUNT: Final = 20.0
"""People, or requests, a day, below which days stray too much to tell."""
COUNTED: Final = 1.5
"""People come in clumps: their variance is so many times that of as many by themselves."""
STRAY, STRAY_DAYS = 0.12, 6.0
"""How much days stray, as a logarithm, before it is known; and the days it counts for."""
FULLNESS, MIDDLE = 18.0, 128
"""Steps of a logarithm, and what is stored for one value to a request; 0 for unknown."""


def write_day(rows: Rows, day: int, feed_days: list[int]) -> Index:
    """Closes a day: writes it for all rows that had something, and for those rows the days between,
    as nothing where the feed had events. The rows that were written."""
    of = rows.of
    some = (of["day"][: rows.used] > 0) | (of["day_values"][: rows.used] != 0)
    at = np.nonzero(rows.live[: rows.used] & some)[0]
    last = of["days_at"][at].astype(np.int64)
    for back in range(DAYS - 1, 0, -1):
        between = at[(last > 0) & (day - back > last)]
        of["days"][between, (day - back) % DAYS] = 0.0 if day - back in feed_days else np.nan
        of["days_full"][between, (day - back) % DAYS] = 0
    of["days"][at, day % DAYS] = np.log1p(of["day"][at])
    of["days_full"][at, day % DAYS] = _fullness(of["day_values"][at], of["day"][_wholes(rows)[at]])
    of["days_at"][at] = day
    of["day"][at] = of["day_values"][at] = 0.0
    return at


def leaks(
    rows: Rows,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    day: int,
) -> Iterator[Alarm]:
    """The rows that have been growing, of those that the day was written for."""
    counts, full, counted = _series(rows, at, day)
    shared = common(counts, counted), common(full, counted)
    growing, is_full = _growing(counts, full, counted, shared)
    score = surprise(growing.distance)
    tail = calibration.tail("leak")
    likelihood = tail.calibrated(score)
    bar = calibration.bar("leak", settings.false_alarms_a_week) + rows.of["bar"][at]
    tail.observe(score[likelihood < bar], len(rows.index))
    found = np.nonzero(likelihood >= bar)[0]
    found = found[survivors(likelihood[found], len(rows.index))]
    for back in range(1, LAG if day % LAG else 1):  # an episode is told once, and again in a week
        earlier = _before(back, counts[found], full[found], counted[found], shared)
        found = found[tail.calibrated(surprise(earlier)) < bar[found]]
    for one in found:
        row, height = int(at[one]), float(growing.height[one])
        now = float(full[one, -1] if is_full[one] else counts[one, -1])
        sway = float(np.exp(2 * np.sqrt(growing.noise[one])))
        metric = "requests" if rows.whole[row] else "subjects"
        yield Alarm(
            row=row,
            rule="slow-leak",
            detector="leak",
            metric="values per request" if is_full[one] else metric,
            minutes=1440,
            observed=float(np.exp(now)),
            expected=float(np.exp(now - height)),
            low=float(np.exp(now - height)) / sway,
            high=float(np.exp(now - height)) * sway,
            visits=int(np.isfinite(counts[one]).sum()),
            surprise=float(score[one]),
            likelihood=float(likelihood[one]),
            bar=float(bar[one]),
            since=(day - int(growing.length[one]) + 1) * 24,
            hours=int(growing.length[one]) * 24,
        )


def _series(rows: Rows, at: Index, day: int) -> tuple[Numbers, Numbers, Numbers]:
    """For some rows the logarithms of their last days, NaN where it was less than can be judged:
    of counts, and of values to a request; and the variance that so small counts have."""
    days = np.arange(day - DAYS + 1, day + 1) % DAYS
    counts = rows.of["days"][at][:, days].astype(np.float64)
    counts = np.where(counts >= np.log(LEAST_COUNT), counts, np.nan)
    stored = rows.of["days_full"][at][:, days].astype(np.float64)
    known = (stored > 0) & np.isfinite(counts)
    full = np.where(known, (stored - MIDDLE) / FULLNESS, np.nan)
    total, number = np.nansum(np.exp(counts), axis=1), np.isfinite(counts).sum(axis=1)
    return counts, full, COUNTED * np.maximum(number, 1) / np.maximum(total, 1.0)


def _fullness(values: Numbers, requests: Numbers) -> Numbers:
    """Values to a request, as they are stored."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.rint(FULLNESS * np.log(values / requests)) + MIDDLE
    return np.where((values > 0) & (requests > 0), np.clip(steps, 1, 255), 0)


def _growing(
    counts: Numbers, full: Numbers, counted: Numbers, shared: tuple[Common, Common]
) -> tuple[Ramps, NDArray[np.bool_]]:
    """The surer of the two, row by row, where it has grown by enough; and whether it is what
    requests hold."""
    each = ramps(counts, counted, shared[0]), ramps(full, counted, shared[1])
    far, further = (np.where(one.height >= LEAST_GROWTH, one.distance, 0.0) for one in each)
    is_full = further > far
    found = Ramps(*(np.where(is_full, b, a) for a, b in zip(*each, strict=True)))
    return found._replace(distance=np.maximum(far, further)), is_full


def _before(
    back: int, counts: Numbers, full: Numbers, counted: Numbers, shared: tuple[Common, Common]
) -> Numbers:
    """How far some rows were so many days before."""
    first, second = (one._replace(days=_shifted(back, one.days[None])[0]) for one in shared)
    logs = _shifted(back, counts), _shifted(back, full)
    return _growing(*logs, counted, (first, second))[0].distance


def _shifted(back: int, days: Numbers) -> Numbers:
    return np.hstack([np.full((len(days), back), np.nan), days[:, :-back]])


def _wholes(rows: Rows) -> Index:
    """For each row that of all requests of its service; itself where there is none."""
    group, services = rows.group["service"][: rows.used], rows.of_all()
    whole = np.full(int(group.max(initial=0)) + 1, -1)
    whole[group[services]] = services
    return np.where(whole[group] >= 0, whole[group], np.arange(rows.used))


def day_stray(rows: Rows, at: Index, day: int) -> Numbers:
    """How much whole days of some rows stray from the same weekday a week before, as a logarithm,
    up to the day before this one."""
    days = np.arange(day - DAYS, day)
    logs = rows.of["days"][at][:, days % DAYS].astype(np.float64)
    return _stray(logs, logs[:, -SPAN:] - logs[:, -SPAN - LAG : -LAG])


def _stray(logs: Numbers, growth: Numbers) -> Numbers:
    """How much a day strays, from how much growth changes from day to day: a trend changes nothing
    of that. A change holds four days."""
    changes = np.abs(np.diff(growth, axis=1))
    count = np.isfinite(changes).sum(axis=1)
    middle = np.zeros(len(logs))
    if (count > 2).any():
        middle[count > 2] = np.nanmedian(changes[count > 2], axis=1)
    own = (1.4826 * middle / 2) ** 2
    return np.sqrt((own * count + STRAY**2 * STRAY_DAYS) / (count + STRAY_DAYS))
