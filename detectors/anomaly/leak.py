"""Slow leaks: people, requests, or values to a request that grow a little every day.

Each day of a key is one number: requests of a service; of a category its traffic, as the distinct
people of each hour, added up. Besides it, of a category, what may stray far less than volumes do:
values to a request of its service, distinct people of the whole day, and these to a request. What
the whole fleet grows by is taken off. `ramps` says how surely the last days grow; baselines that
forget would learn such a leak, weeks of days do not. What has grown at once is no leak.
"""

from collections.abc import Iterator, Sequence
from math import log
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, surprise
from detectors.anomaly.people import People
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
STEPS: Final = 18.0
"""Of a logarithm, in what is stored of people and of values to a request; 0 for unknown."""
ONE_VALUE, ONE_PERSON = 60, 1
"""What is stored for one value to a request, of .04 to 50,000; and for one person."""
SKETCHED: Final = 0.09**2
"""The variance that a day's people have because they are counted by small sketches."""
METRICS: Final = (
    *("subjects of each hour", "values per request"),
    *("subjects", "subjects per request"),
)
RARER: Final = (0.0, 0.0, log(4.0), log(4.0))
"""How many times rarer than others each must be, as a logarithm: a judgement, made on development
fleets, where people of a day brought false leaks; at twelve times, true ones were lost."""


class _Series(NamedTuple):
    """One number a day of some rows."""

    days: Numbers
    """(rows, DAYS) logarithms, NaN where it was less than can be judged."""
    counted: Numbers
    """(rows,) the variance that so small counts have."""


def write_day(rows: Rows, people: People, day: int, feed_days: list[int]) -> Index:
    """Closes a day: writes it for all rows that had something, and for those rows the days between,
    as nothing where the feed had events. The rows that were written."""
    of = rows.of
    some = (of["day"][: rows.used] > 0) | (of["day_values"][: rows.used] != 0)
    at = np.nonzero(rows.live[: rows.used] & some)[0]
    last = of["days_at"][at].astype(np.int64)
    for back in range(DAYS - 1, 0, -1):
        between = at[(last > 0) & (day - back > last)]
        of["days"][between, (day - back) % DAYS] = 0.0 if day - back in feed_days else np.nan
        for name in ("days_full", "days_people"):
            of[name][between, (day - back) % DAYS] = 0
    values, requests = of["day_values"][at], of["day"][_wholes(rows)[at]]
    of["days"][at, day % DAYS] = np.log1p(of["day"][at])
    held = np.where(requests > 0, values / np.maximum(requests, 1e-9), 0.0)
    of["days_full"][at, day % DAYS] = _steps(held, ONE_VALUE)
    came = people.count(at)
    of["days_people"][at, day % DAYS] = _steps(np.where(np.isfinite(values), came, 0), ONE_PERSON)
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
    series = _series(rows, at, day)
    shared = [common(*one) for one in series]
    growing, which, score = _growing(series, shared)
    tail = calibration.tail("leak")
    likelihood = tail.calibrated(score)
    bar = calibration.bar("leak", settings.false_alarms_a_week) + rows.of["bar"][at]
    tail.observe(score[likelihood < bar], len(rows.index))
    found = np.nonzero(likelihood >= bar)[0]
    found = found[survivors(likelihood[found], len(rows.index))]
    for back in range(1, LAG if day % LAG else 1):  # an episode is told once, and again in a week
        earlier = _before(back, [_Series(*(part[found] for part in one)) for one in series], shared)
        found = found[tail.calibrated(earlier) < bar[found]]
    for one in found:
        row, height, days = int(at[one]), float(growing.height[one]), series[which[one]].days[one]
        now, sway = float(days[-1]), float(np.exp(2 * np.sqrt(growing.noise[one])))
        yield Alarm(
            row=row,
            rule="slow-leak",
            detector="leak",
            metric="requests" if rows.whole[row] else METRICS[which[one]],
            minutes=1440,
            observed=float(np.exp(now)),
            expected=float(np.exp(now - height)),
            low=float(np.exp(now - height)) / sway,
            high=float(np.exp(now - height)) * sway,
            visits=int(np.isfinite(days).sum()),
            surprise=float(score[one]),
            likelihood=float(likelihood[one]),
            bar=float(bar[one]),
            since=(day - int(growing.length[one]) + 1) * 24,
            hours=int(growing.length[one]) * 24,
        )


def _series(rows: Rows, at: Index, day: int) -> list[_Series]:
    """For some rows their last days: of traffic, of values to a request, of people, and of people
    to a request."""
    days = np.arange(day - DAYS + 1, day + 1) % DAYS
    counts, requests = (
        _enough(rows.of["days"][some][:, days].astype(np.float64))
        for some in (at, _wholes(rows)[at])
    )
    full = _logs(rows.of["days_full"][at][:, days], ONE_VALUE)
    people = _enough(_logs(rows.of["days_people"][at][:, days], ONE_PERSON))
    counted, sketched = COUNTED / _mean(counts), 1 / _mean(people) + SKETCHED
    return [
        _Series(counts, counted),
        _Series(np.where(np.isfinite(counts), full, np.nan), counted),
        _Series(people, sketched),
        _Series(people - requests, sketched),
    ]


def _enough(logs: Numbers) -> Numbers:
    return np.where(logs >= np.log(LEAST_COUNT), logs, np.nan)


def _mean(logs: Numbers) -> Numbers:
    """The mean count of the days that are known."""
    total, number = np.nansum(np.exp(logs), axis=1), np.isfinite(logs).sum(axis=1)
    return np.maximum(total, 1.0) / np.maximum(number, 1)


def _steps(numbers: Numbers, one: int) -> Numbers:
    """As they are stored: `one` for 1, and 0 for none."""
    known = numbers > 0
    steps = np.rint(STEPS * np.log(np.where(known, numbers, 1.0))) + one
    return np.where(known, np.clip(steps, 1, 255), 0)


def _logs(steps: NDArray[np.uint8], one: int) -> Numbers:
    """The logarithms of what was stored, NaN where it is not known."""
    return np.where(steps > 0, (steps.astype(np.float64) - one) / STEPS, np.nan)


def _growing(
    series: Sequence[_Series], shared: Sequence[Common]
) -> tuple[Ramps, NDArray[np.int64], Numbers]:
    """The surest of the series, row by row, where it has grown by enough; which it is; and how
    surprising."""
    each = [ramps(*one, known) for one, known in zip(series, shared, strict=True)]
    scores = np.stack(
        [
            surprise(np.where(one.height >= LEAST_GROWTH, one.distance, 0.0)) - rarer
            for one, rarer in zip(each, RARER, strict=True)
        ]
    )
    which = scores.argmax(axis=0)
    found = Ramps(*(np.choose(which, parts) for parts in zip(*each, strict=True)))
    return found, which, scores.max(axis=0)


def _before(back: int, series: Sequence[_Series], shared: Sequence[Common]) -> Numbers:
    """How surprising some rows were so many days before."""
    earlier = [one._replace(days=_shifted(back, one.days)) for one in series]
    commons = [one._replace(days=_shifted(back, one.days[None])[0]) for one in shared]
    return _growing(earlier, commons)[2]


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
