"""Whether days grow little by little: a likelihood ratio over the day on which that began.

Logarithms of days are the mean of their weekday, noise, and a drift: a random walk, whose step has
so many times the variance of the noise (the local level model: A. Harvey, "Forecasting, structural
time series models and the Kalman filter", 1989). The likelihood is that of what weekdays leave of
them (H. Patterson and R. Thompson, "Recovery of inter-block information when block sizes are
unequal", Biometrika 58, 1971). A ramp must explain more than any drift does (the generalised
likelihood ratio: A. Willsky and H. Jones, IEEE Transactions on Automatic Control 21, 1976). How
likely drifts are, and how much noise there is, all rows tell together: series that go with the
weather drift, what is in a request hardly does.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.rows import DAYS, Index

WEEK: Final = 7
SHORTEST, LONGEST = 6, 14
"""Days that a ramp must have lasted, and from how long ago on it is looked for."""
ALLOWANCE: Final = 0.001
"""Growth a day that is nobody's fault, besides what the fleet does: 3 % in a month."""
FREE: Final = 6
"""Days that must be known, besides one of each weekday."""
ISOLATED: Final = 0.4
"""A day that is so far from those around it is left out: a campaign, a holiday, an outage."""
FAR: Final = 2.0
"""Below this distance nobody asks for more."""
DRIFTS: Final = np.array([0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
LIKELY: Final = np.array([0.9, 0.05, 0.02, 0.01, 0.01, 0.005, 0.005])
"""How likely each is before rows tell, and how many rows that counts for."""
LIKELY_ROWS: Final = 20.0
STRAY, STRAY_ROWS = 0.1, 8.0
"""How much days stray before rows tell, and how many of them that counts for."""
STRAY_DAYS: Final = 4.0
"""How many of a row's own days that counts for which all rows tell together."""
SAMPLE: Final = 4096
"""Rows that are asked, spread over all."""
PIECE: Final = 512
"""Rows that are worked on at once: their arrays stay in a processor's cache, and are so small that
they are multiplied in one thread. Several threads take longer, since they wait for each other."""


class Ramps(NamedTuple):
    """For each row: how surely its last days grow, in standard normal deviations, and 0 where
    something else explains them better; for how long, by how much in all as a logarithm, and the
    variance of a day."""

    distance: Numbers
    length: Index
    height: Numbers
    noise: Numbers


class Common(NamedTuple):
    """What all rows tell together."""

    days: Numbers
    """(DAYS,) what they have in common on each day."""
    noise: float
    """The variance of a day, besides what counting gives it."""
    likely: Numbers
    """ln of how likely each drift is."""


class _Drift(NamedTuple):
    """The inverse covariance of days, less what weekdays explain; and what its determinants take
    off ln of the likelihood."""

    inverse: Numbers
    volume: float

    @classmethod
    def of(cls, size: int, share: float) -> "_Drift":
        days = np.arange(size)
        covariance = np.eye(size) + share * np.minimum.outer(days, days)
        weekdays = (days[:, None] % WEEK == np.arange(WEEK)).astype(float)
        inverse = np.linalg.inv(covariance)
        along = inverse @ weekdays
        within = weekdays.T @ along
        volume = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(within)[1]
        return cls(inverse - along @ np.linalg.solve(within, along.T), float(volume) / 2)

    @property
    def scale(self) -> float:
        """The mean of the inverse along what weekdays leave."""
        return float(self.inverse.trace()) / (len(self.inverse) - WEEK)


class _Fit(NamedTuple):
    """(shapes, days) what the slopes of some shapes are read off with, under a drift; and how much
    of the sum of squares a slope is worth."""

    along: Numbers
    worth: Numbers

    @classmethod
    def of(cls, shapes: Numbers, drift: _Drift) -> "_Fit":
        along = shapes @ drift.inverse
        worth = np.maximum((along * shapes).sum(axis=1), 1e-9)[:, None]
        return cls(along / worth, worth)


class _Shapes(NamedTuple):
    """What so many days are compared with."""

    drifts: list[_Drift]
    lengths: Index
    ramps: list[_Fit]
    """Under each drift."""
    others: _Fit
    """One day, some days up to a week, or all days since one: what grows at once."""

    @classmethod
    def of(cls, size: int) -> "_Shapes":
        days = np.arange(size)
        lengths = np.arange(min(LONGEST, size - WEEK), SHORTEST - 1, -1)
        spans = [(since, until) for since in range(1, size) for until in range(since + 1, size + 1)]
        drifts = [_Drift.of(size, share) for share in DRIFTS.tolist()]
        ramps = np.maximum(days - size + 1 + lengths[:, None], 0).astype(float)
        others = [
            (since <= days) & (days < until)
            for since, until in spans
            if until - since <= WEEK or until == size
        ]
        return cls(
            drifts=drifts,
            lengths=lengths,
            ramps=[_Fit.of(ramps, drift) for drift in drifts],
            others=_Fit.of(np.array(others, float), drifts[0]),
        )


_SHAPES: Final = {weeks: _Shapes.of(weeks * WEEK) for weeks in range(2, DAYS // WEEK + 1)}
"""By how many weeks are known of a row."""


class _Rows(NamedTuple):
    """Rows of which equally many weeks are known."""

    at: Index
    shapes: _Shapes
    days: Numbers
    """(days, rows): sums over days are much faster than along rows."""
    free: Numbers
    counted: Numbers

    def few(self, some: Index) -> "_Rows":
        return self._replace(
            at=self.at[some],
            days=self.days.take(some, axis=1),  # in the order of before
            free=self.free[some],
            counted=self.counted[some],
        )


def common(logs: Numbers, counted: Numbers) -> Common:
    """What rows tell together; `logs` and `counted` as of `ramps`."""
    some = slice(None, None, max(1, len(logs) // SAMPLE))
    logs, counted = logs[some], counted[some]
    days = _of_fleet(logs)
    groups = list(_groups(logs - days, counted))
    own = [_left(one, 0)[1] / one.free - one.counted for one in groups]
    strays = np.maximum(np.concatenate([*own, np.zeros(0)]), 0.0)
    known = float(np.median(strays)) if len(strays) else 0.0
    noise = (known * len(strays) + STRAY**2 * STRAY_ROWS) / (len(strays) + STRAY_ROWS)
    likelihoods = [_likelihoods(one, noise)[1] for one in groups]
    return Common(days, noise, _likely(np.hstack([*likelihoods, np.zeros((len(DRIFTS), 0))])))


def ramps(logs: Numbers, counted: Numbers, shared: Common) -> Ramps:
    """`logs` are (rows, DAYS), NaN where unknown, and end with the day that is judged; `counted`
    the variance that a day has because so little is counted."""
    found = Ramps(*(np.zeros(len(logs), kind) for kind in (float, np.int64, float, float)))
    for group in _groups(logs - shared.days, counted):
        for whole, part in zip(found, _judged(group, shared), strict=True):
            whole[group.at] = part
    return found


def _groups(logs: Numbers, counted: Numbers) -> Iterator[_Rows]:
    known = np.isfinite(logs)
    weeks: Numbers = np.rint((DAYS - known.argmax(axis=1)) / WEEK)
    for number, shapes in _SHAPES.items():
        every = np.nonzero((weeks == number) & known[:, -1])[0]
        for piece in pieces(len(every), PIECE):
            at = every[piece]
            days = np.ascontiguousarray(logs[at, -number * WEEK :].T)
            group = _Rows(at, shapes, *_filled(_without_isolated(days)), counted[at])
            yield group.few(np.nonzero(group.free >= FREE)[0])


def _judged(group: _Rows, shared: Common) -> Ramps:
    noise = group.counted + shared.noise
    left, rest = _left(group, 0)
    own = (rest + STRAY_DAYS * noise) / (group.free + STRAY_DAYS)
    far = np.nonzero(left - rest >= FAR**2 * own / 2)[0]  # with a drift it is less far
    found = Ramps(*(np.zeros(len(own), kind) for kind in (float, np.int64, float)), noise=own)
    few = group.few(far)
    without, with_ramp = (one + shared.likely[:, None] for one in _likelihoods(few, shared.noise))
    ratio = with_ramp.max(axis=0, initial=-np.inf) - without.max(axis=0, initial=-np.inf)
    distance = np.sqrt(2 * np.maximum(ratio, 0.0)) * _gradual(few, own[far])
    gains, slopes = _gains(few.days, group.shapes.ramps[0])
    which = gains.argmax(axis=0)
    length = group.shapes.lengths[which]
    found.distance[far] = np.where(distance >= FAR, distance, 0.0)
    found.length[far] = length
    found.height[far] = (slopes[which, np.arange(len(far))] + ALLOWANCE) * length
    return found


def _gradual(group: _Rows, noise: Numbers) -> NDArray[np.bool_]:
    """Whether a ramp fits better than anything that comes at once."""
    shapes = group.shapes
    ramp, other = (
        _gains(group.days, some, 0.0)[0].max(axis=0) for some in (shapes.ramps[0], shapes.others)
    )
    return ramp >= other + noise


def _left(group: _Rows, drift: int) -> tuple[Numbers, Numbers]:
    """The sums of squares of days, and what the best ramp leaves of them."""
    inverse = group.shapes.drifts[drift].inverse
    left = np.maximum((inverse @ group.days * group.days).sum(axis=0), 0.0)
    gains, _ = _gains(group.days, group.shapes.ramps[drift])
    return left, np.maximum(left - gains.max(axis=0), 0.0)


def _gains(days: Numbers, fit: _Fit, allowance: float = ALLOWANCE) -> tuple[Numbers, Numbers]:
    """(shapes, rows) how much of the sum of squares is explained by shapes that go up by more than
    is allowed, and by how much more in a day."""
    slopes = fit.along @ days - allowance
    return np.maximum(slopes, 0.0) ** 2 * fit.worth, slopes


def _likelihoods(group: _Rows, noise: float) -> tuple[Numbers, Numbers]:
    """(drifts, rows) ln of the likelihoods without a ramp, and with the best. The variance of a
    row's days may be anything, and is not far from `noise` and what is counted."""
    usual = STRAY_DAYS * (noise + group.counted)
    found = np.zeros((2, len(DRIFTS), len(group.at)))
    for number, drift in enumerate(group.shapes.drifts):
        for place, left in enumerate(_left(group, number)):
            log = np.log(left + usual * drift.scale)
            found[place, number] = -(group.free + STRAY_DAYS) / 2 * log - drift.volume
    return found[0], found[1]


def _likely(likelihoods: Numbers) -> Numbers:
    """ln of how likely drifts are, from the (drifts, rows) likelihoods of all rows: expectation and
    maximisation, some rounds."""
    count = LIKELY * LIKELY_ROWS
    for _ in range(8):
        each = likelihoods + np.log(count / count.sum())[:, None]
        each = np.exp(each - each.max(axis=0, initial=-np.inf))
        count = LIKELY * LIKELY_ROWS + (each / each.sum(axis=0)).sum(axis=1)
    return np.log(count / count.sum())


def _of_fleet(logs: Numbers) -> Numbers:
    """What all rows have in common on each day: the median, little of it where few have a say."""
    away = logs.T - _of_weekday(logs.T)
    count = np.isfinite(away).sum(axis=1)
    days = np.zeros(len(away))
    if (count >= 3).any():
        days[count >= 3] = np.nanmedian(away[count >= 3], axis=1)
    return days * count / (count + 8.0)


def _of_weekday(logs: Numbers) -> Numbers:
    """(days, rows) for each day the middle of its weekday's."""
    weeks = logs.reshape(len(logs) // WEEK, WEEK, -1)
    return np.tile(_middle(weeks), (len(weeks), 1))


def _without_isolated(logs: Numbers) -> Numbers:
    """Days far from those around them become unknown (after the Hampel filter: L. Davies and
    U. Gather, "The identification of multiple outliers", Journal of the American Statistical
    Association 88, 1993): not those of a ramp, nor those after a step."""
    away = logs - _of_weekday(logs)
    size, rows = logs.shape
    edge = np.full((2, rows), np.nan)
    edged: Numbers = np.concatenate([edge, away, edge])
    around = _middle(np.stack([edged[shift : shift + size] for shift in range(5)]))
    apart = np.abs(away - around)
    ordered = np.sort(apart, axis=0)  # the unknown are last
    middle = np.minimum(np.isfinite(apart).sum(axis=0) // 2, size - 1)
    stray = 1.4826 * ordered[middle, np.arange(rows)]
    return np.where(apart > np.fmax(3 * stray, ISOLATED), np.nan, logs)


def _middle(numbers: Numbers) -> Numbers:
    """Along the first axis the mean of what is known, without the largest and the least where there
    are three or more; 0 where nothing is known."""
    known = ~np.isnan(numbers)
    count, total = known.sum(axis=0, dtype=np.int8), np.where(known, numbers, 0.0).sum(axis=0)
    trimmed = count >= 3
    ends = np.where(trimmed, np.fmax.reduce(numbers) + np.fmin.reduce(numbers), 0.0)
    return (total - ends) / np.maximum(count - 2 * trimmed, 1)


def _filled(logs: Numbers) -> tuple[Numbers, Numbers]:
    """Unknown days as the mean of their weekday, or of all; and how many known ones there are,
    besides one of each weekday."""
    weeks = logs.reshape(len(logs) // WEEK, WEEK, -1)
    known = np.isfinite(weeks)
    count: Index = known.sum(axis=0)
    total: Numbers = np.where(known, weeks, 0.0).sum(axis=0)
    mean: Numbers = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    own: Numbers = total / np.maximum(count, 1)
    filled = np.where(known, weeks, np.where(count > 0, own, mean)).reshape(logs.shape)
    return filled, np.maximum(count - 1, 0).sum(axis=0).astype(np.float64)
