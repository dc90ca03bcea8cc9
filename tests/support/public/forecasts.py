"""Hourly forecasts to compare: the seasonal mean, and what to make of how the last hours ran.

All of them are one hour ahead: what is forecast for an hour is known before it. Each takes a series
of counts by hour and gives one mean an hour.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import nbinom

from detectors.anomaly.bins import FREE, KEEP, LEAN, of_week
from detectors.anomaly.counts import above
from detectors.anomaly.rows import BINS, LATEST
from detectors.anomaly.season import FADING, FASTEST, LASTING
from tests.support.fleet.rhythm import Series
from tests.support.public.rates import WEEK

LEAST = 0.05
"""A mean is at least so much: as for the detectors, nothing is impossible."""
RIDGE = 3.0
"""So many hours' worth of a belief that the hours before say nothing."""
DISPERSIONS = np.geomspace(0.003, 5, 40)
FIRST_FIT = 2 * WEEK
"""Hours before which nothing is fitted: AR models say nothing until then."""

Forecast = Callable[[Series, Series], Series]
"""(counts, their seasonal means) -> means."""


def seasonal(counts: Series, start: int) -> Series:
    """As `detectors.anomaly.bins` has it, for one series: 48 bins that forget, leaning on the level
    where little is known. `start` is the first hour since 1970."""
    total, weight, level = np.zeros(BINS), np.zeros(BINS), float(counts[:24].mean())
    means = np.empty(len(counts))
    for hour, count in enumerate(counts):
        here = (start + hour) % 24 + BINS // 2 * int(FREE[0, of_week(start + hour)])  # UTC
        means[hour] = (total[here] + LEAN * level) / (weight[here] + LEAN)
        total[here] = total[here] * KEEP + count
        weight[here] = weight[here] * KEEP + 1
        level += (count - level) / 72
    return np.maximum(means, LEAST)


def alone(counts: Series, means: Series) -> Series:
    """The seasonal mean, whatever the last hours were."""
    return means


def paced(weights: Sequence[float]) -> Forecast:
    """As `detectors.anomaly.season` has it: the mean of a gamma-Poisson rate, raised to a power.
    `weights` are those of the last hours, the newest first."""

    def forecast(counts: Series, means: Series) -> Series:
        came, due = (_before(one, weights) for one in (counts, means))
        prior = 1 / np.maximum(_dispersions(counts, means), 0.02)
        return means * np.clip(((came + prior) / (due + prior)) ** LASTING, 1 / FASTEST, FASTEST)

    return forecast


def autoregressive(lags: Sequence[int], most: float = FASTEST) -> Forecast:
    """The seasonal mean times what an AR model of the logarithms of the ratios says, fitted anew
    every week by ridge regression on all that is past; held to a factor of `most`."""

    def forecast(counts: Series, means: Series) -> Series:
        ratio = np.log((counts + 0.5) / (means + 0.5))
        before = np.stack([_shifted(ratio, lag) for lag in lags], axis=1)
        said = np.zeros(len(counts))
        for week in range(FIRST_FIT, len(counts), WEEK):
            known = slice(WEEK, week)  # the first week's means are hardly any
            x, y = before[known], ratio[known]
            fitted = np.linalg.solve(x.T @ x + RIDGE * np.eye(len(lags)), x.T @ y)
            said[week : week + WEEK] = before[week : week + WEEK] @ fitted
        return np.maximum(means * np.clip(np.exp(said), 1 / most, most), LEAST)

    return forecast


FORECASTS: dict[str, Forecast] = {
    "seasonal mean alone": alone,
    "times pace": paced([FADING**hour for hour in range(LATEST)]),
    "times a pace that fades slower": paced([0.6, 0.36, 0.22]),
    "times AR(1)": autoregressive([1]),
    "times AR(3)": autoregressive([1, 2, 3]),
    "times AR(24, 168)": autoregressive([*range(1, 25), 168]),
    "times AR(3), any factor": autoregressive([1, 2, 3], most=20.0),
}


def judged(counts: Series, means: Series) -> tuple[Series, Series]:
    """(log likelihood, dispersion) of each hour under a negative binomial around its mean, the
    dispersion being the likeliest for the weeks before."""
    likely = np.stack([_log_likelihood(counts, means, one) for one in DISPERSIONS])
    best = np.full(len(counts), len(DISPERSIONS) // 2)
    for week in range(FIRST_FIT, len(counts), WEEK):
        best[week : week + WEEK] = likely[:, WEEK:week].sum(axis=1).argmax()
    return likely[best, np.arange(len(counts))], DISPERSIONS[best]


def surprises(counts: Series, means: Series, dispersions: Series) -> Series:
    """How far above its mean each count is, in deviations."""
    return above(counts, means, dispersions)


def _log_likelihood(counts: Series, means: Series, dispersion: float) -> Series:
    size = 1 / dispersion
    return nbinom.logpmf(counts, size, size / (size + means))


def _before(values: Series, weights: Sequence[float]) -> Series:
    """For each hour the weighted sum of those before it, the last one's weight first."""
    return np.convolve(values, [0.0, *weights])[: len(values)]


def _shifted(values: Series, by: int) -> Series:
    return np.concatenate([np.zeros(by), values[:-by]])


def _dispersions(counts: Series, means: Series) -> Series:
    """What hours have strayed from their means until now, as the detectors learn it."""
    strayed = np.minimum((counts - means) ** 2 - means, 9 * (means + 0.3 * means**2)) / means**2
    told = (0.2 * means / (1 + 0.2 * means)) ** 2
    told[:WEEK] = 0
    excess, weight = (_shifted(np.cumsum(one), 1) for one in (told * strayed, told))
    return (excess + 10 * 0.15) / (weight + 10)
