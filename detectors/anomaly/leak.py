"""Slow leaks: people, or requests, that grow a little every day.

Each day is held against the same weekday a week before, so that a rhythm of days cancels out; what
the whole fleet grows by is taken off. So are people to a request of the service, which stray less.
The differences are summed up over the last days (a lagged CUSUM, with every starting day within two
weeks), and held against how much the key's days stray. Baselines that forget would learn such a
leak; a week's lag does not. What has grown at once is no leak.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, surprise
from detectors.anomaly.rows import DAYS, Index, Rows
from detectors.anomaly.settings import BaselineSettings

LAG: Final = 7
SPAN: Final = 14
SHORTEST: Final = 6
"""Days that a leak must have lasted."""
ALLOWANCE, ALLOWANCE_OF_EACH = 0.06, 0.03
"""Growth in a week that is nobody's fault: of counts, and of people to a request."""
LEAST_GROWTH: Final = 0.15
MOST: Final = 0.4
"""What one day counts at most: a single day of three times the usual is no leak."""
RISING: Final = 0.75
"""The share of its days on which a leak must have grown."""
LEAST_COUNT: Final = 20.0
"""People, or requests, a day, below which days stray too much to tell."""
STRAY, STRAY_DAYS = 0.12, 6.0
"""How much days stray, as a logarithm, before it is known; and the days it counts for."""


def write_day(rows: Rows, day: int, feed_days: list[int]) -> Index:
    """Closes a day: writes it for all rows that had something, and for those rows the days between,
    as nothing where the feed had events. The rows that were written."""
    of = rows.of
    at = np.nonzero(rows.live[: rows.used] & (of["day"][: rows.used] > 0))[0]
    last = of["days_at"][at].astype(np.int64)
    for back in range(DAYS - 1, 0, -1):
        between = at[(last > 0) & (day - back > last)]
        of["days"][between, (day - back) % DAYS] = 0.0 if day - back in feed_days else np.nan
    of["days"][at, day % DAYS] = np.log1p(of["day"][at])
    of["days_at"][at] = day
    of["day"][at] = 0.0
    return at


def leaks(
    rows: Rows,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    day: int,
) -> Iterator[Alarm]:
    """The rows that have been growing, of those that the day was written for."""
    days = np.arange(day - DAYS + 1, day + 1)
    logs = rows.of["days"][at][:, days % DAYS].astype(np.float64)
    each = logs - rows.of["days"][_wholes(rows)[at]][:, days % DAYS]
    growing = _sooner(_growing(logs, logs), _growing(each, logs, ALLOWANCE_OF_EACH))
    score = surprise(growing.distance)
    tail = calibration.tail("leak")
    likelihood = tail.calibrated(score)
    bar = calibration.bar("leak", settings.false_alarms_a_week) + rows.of["bar"][at]
    tail.observe(score[likelihood < bar], len(rows.index))
    # an episode is told once, and again after a week
    earlier = logs[:, :-1]
    before = _sooner(_growing(earlier, earlier), _growing(each[:, :-1], earlier, ALLOWANCE_OF_EACH))
    known = surprise(before.distance)
    fresh = (tail.calibrated(known) < bar) | (day % LAG == 0)
    found = np.nonzero((likelihood >= bar) & fresh)[0]
    found = found[survivors(likelihood[found], len(rows.index))]
    for one in found:
        row = int(at[one])
        week_ago = float(np.expm1(logs[one, -1 - LAG]))
        sway = float(np.exp(2 * np.sqrt(growing.noise[one])))
        yield Alarm(
            row=row,
            rule="slow-leak",
            detector="leak",
            metric="requests" if rows.whole[row] else "subjects",
            minutes=1440,
            observed=float(np.expm1(logs[one, -1])),
            expected=week_ago,
            low=week_ago / sway,
            high=week_ago * sway,
            visits=int(np.isfinite(logs[one]).sum()),
            surprise=float(score[one]),
            likelihood=float(likelihood[one]),
            bar=float(bar[one]),
            since=(day - int(growing.length[one]) + 1) * 24,
            hours=int(growing.length[one]) * 24,
        )


_DAYS = np.arange(SPAN)
_RAMPS = np.stack([np.clip(_DAYS - start + 1, 0, LAG) for start in range(SPAN - 2)]).astype(float)
_STEPS = np.stack(
    [(start <= _DAYS) & (start + LAG > _DAYS) for start in range(1 - LAG, SPAN)]
).astype(float)


class _Growing(NamedTuple):
    """For each row: how far its last days are above those a week before, 0 where they do not grow;
    over how many days, and the variance of one."""

    distance: Numbers
    length: Index
    noise: Numbers


def _wholes(rows: Rows) -> Index:
    """For each row that of all requests of its service; itself where there is none."""
    group, services = rows.group["service"][: rows.used], rows.of_all()
    whole = np.full(int(group.max(initial=0)) + 1, -1)
    whole[group[services]] = services
    return np.where(whole[group] >= 0, whole[group], np.arange(rows.used))


def _sooner(one: _Growing, other: _Growing) -> _Growing:
    """The surer of two, row by row."""
    first = one.distance >= other.distance
    return _Growing(*(np.where(first, a, b) for a, b in zip(one, other, strict=True)))


def _growing(logs: Numbers, counts: Numbers, allowance: float = ALLOWANCE) -> _Growing:
    """`logs` end with the day that is judged: of the counts themselves, or of what there is of them
    to a request of the service, which strays less where volume does."""
    growth = logs[:, -SPAN:] - logs[:, -SPAN - LAG : -LAG]
    big = counts[:, -SPAN:] >= np.log(LEAST_COUNT)
    growth = np.minimum(growth - _fleet(growth, big), MOST)
    sums, lengths = _sums(np.where(big, growth - allowance, np.nan))
    noise = _stray(logs, growth) ** 2 + 1.5 / np.maximum(
        np.expm1(np.nan_to_num(counts[:, -1])), 1.0
    )
    sums /= np.sqrt(2 * np.clip(lengths, 1, LAG) * noise[:, None])
    distance = np.where(lengths >= SHORTEST, sums, -np.inf)
    line = np.arange(len(logs))
    best = distance.argmax(axis=1)
    length = lengths[line, best]
    now = np.nan_to_num(growth[:, -3:]).mean(axis=1)
    real = (now >= LEAST_GROWTH) & (_rising(growth, length, allowance) >= RISING) & _gradual(growth)
    return _Growing(np.where(real, np.maximum(distance[line, best], 0.0), 0.0), length, noise)


def _gradual(growth: Numbers) -> NDArray[np.bool_]:
    """Whether days have grown little by little, and not at once: which of the two fits better, by
    least squares. Against a week before, a leak grows for seven days and stays there; a step is
    there for seven days and then gone."""
    known = np.isfinite(growth)
    return _explained(growth, known, _RAMPS) >= _explained(growth, known, _STEPS)


def _explained(growth: Numbers, known: NDArray[np.bool_], shapes: Numbers) -> Numbers:
    """For each row how much of its sum of squares the best of some shapes explains."""
    along = np.maximum(np.where(known, growth, 0.0) @ shapes.T, 0.0)
    return (along**2 / np.maximum(known @ (shapes**2).T, 1e-9)).max(axis=1)


def day_stray(rows: Rows, at: Index, day: int) -> Numbers:
    """How much whole days of some rows stray from the same weekday a week before, as a logarithm,
    up to the day before this one."""
    days = np.arange(day - DAYS, day)
    logs = rows.of["days"][at][:, days % DAYS].astype(np.float64)
    return _stray(logs, logs[:, -SPAN:] - logs[:, -SPAN - LAG : -LAG])


def _fleet(growth: Numbers, big: Numbers) -> Numbers:
    """What the fleet has grown by on each day: the median, little of it where few have a say."""
    known = np.where(big, growth, np.nan)
    count = np.isfinite(known).sum(axis=0)
    median = np.zeros(growth.shape[1])
    enough = count >= 3
    if enough.any():
        median[enough] = np.nanmedian(known[:, enough], axis=0)
    return median * count / (count + 8.0)


def _sums(growth: Numbers) -> tuple[Numbers, Index]:
    """For each row and each number of last days: the sum of growth over them, and how many of them
    are known. Sums end today; where today is unknown there are none."""
    known = np.isfinite(growth)
    backwards = np.where(known, growth, 0.0)[:, ::-1]
    sums = np.cumsum(backwards, axis=1)
    lengths = np.cumsum(known[:, ::-1], axis=1, dtype=np.int64)
    return sums, np.where(known[:, -1:], lengths, 0)


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


def _rising(growth: Numbers, length: Index, allowance: float) -> Numbers:
    """The share of the last `length` days that had grown."""
    days: Index = np.arange(SPAN, dtype=np.int64)
    within = (days[None, :] >= SPAN - length[:, None]) & np.isfinite(growth)
    grown = within & (growth > allowance)
    return grown.sum(axis=1) / np.maximum(within.sum(axis=1), 1)
