"""Whether days grow little by little: a likelihood ratio over the day on which that began.

Logarithms of days are a mean, what their weekday has of its own, noise, and a drift: a random walk
(the local level model with a season: A. Harvey, "Forecasting, structural time series models and the
Kalman filter", 1989). The likelihood is that of what the mean leaves of them (H. Patterson and
R. Thompson, "Recovery of inter-block information when block sizes are unequal", Biometrika 58,
1971). A ramp must explain more than any drift does (the generalised likelihood ratio: A. Willsky
and H. Jones, IEEE Transactions on Automatic Control 21, 1976). How likely drifts and weekdays are,
and how much noise there is, all rows tell together: series that go with the weather drift, what is
in a request hardly does; machines know no Sunday, and of offices two weeks show each only twice.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.courses import COURSES, FREEST, STEADY, Fit, Shapes
from detectors.anomaly.daylogs import WEEK, filled, of_fleet, without_isolated
from detectors.anomaly.rows import DAYS, Index

ALLOWANCE: Final = 0.001
"""Growth a day that is nobody's fault, besides what the fleet does: 3 % in a month."""
FREE: Final = 6
"""Days that must be known, besides one of each weekday."""
FAR: Final = 2.0
"""Below this distance nobody asks for more."""
BETTER: Final = 0.5
"""By how much more a ramp must explain than what comes at once, in ln of the likelihood."""
LIKELY: Final = np.repeat([0.9, 0.05, 0.02, 0.01, 0.01, 0.005, 0.005], STEADY) / STEADY
"""How likely each course is before rows tell, and how many rows that counts for."""
LIKELY_ROWS: Final = 20.0
RAMPS: Final = 0.01
"""How likely a row is to have a ramp, where it is asked how it drifts: a leak is no drift."""
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
    """ln of how likely each course is."""


class _Rows(NamedTuple):
    """Rows of which equally many days are known."""

    at: Index
    shapes: Shapes
    days: Numbers
    """(days, rows): sums over days are much faster than along rows."""
    known: Numbers
    """How many days are not filled in."""
    free: Numbers
    """How many of them there are besides one of each weekday."""
    counted: Numbers

    def few(self, some: Index | NDArray[np.bool_]) -> "_Rows":
        return self._replace(
            at=self.at[some],
            days=self.days[:, some],
            known=self.known[some],
            free=self.free[some],
            counted=self.counted[some],
        )


def common(logs: Numbers, counted: Numbers) -> Common:
    """What rows tell together; `logs` and `counted` as of `ramps`."""
    some = slice(None, None, max(1, len(logs) // SAMPLE))
    logs, counted = logs[some], counted[some]
    days = of_fleet(logs)
    groups = list(_groups(logs - days, counted))
    own = [_left(one, FREEST)[1] / one.free - one.counted for one in groups]
    strays = np.maximum(np.concatenate([*own, np.zeros(0)]), 0.0)
    known = float(np.median(strays)) if len(strays) else 0.0
    noise = (known * len(strays) + STRAY**2 * STRAY_ROWS) / (len(strays) + STRAY_ROWS)
    return Common(days, noise, _likely([_likelihoods(one, noise) for one in groups]))


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
    sizes = np.where(known[:, -1], DAYS - known.argmax(axis=1), 0)
    for size in range(WEEK + FREE, DAYS + 1):
        every, weeks = np.nonzero(sizes == size)[0], -(-size // WEEK)
        for piece in pieces(len(every), PIECE) if len(every) else []:
            at = every[piece]
            days, count, free = filled(without_isolated(logs[at, -weeks * WEEK :].T))
            group = _Rows(at, Shapes.of(size), days[-size:], count, free, counted[at])
            yield group.few(np.nonzero(free >= FREE)[0])


def _judged(group: _Rows, shared: Common) -> Ramps:
    noise = group.counted + shared.noise
    steady = [_left(group, course) for course in range(STEADY)]
    own = (steady[FREEST][1] + STRAY_DAYS * noise) / (group.free + STRAY_DAYS)
    found = Ramps(*(np.zeros(len(own), kind) for kind in (float, np.int64, float)), noise=own)
    explained = np.max([left - rest for left, rest in steady], axis=0)
    far = np.nonzero(explained >= FAR**2 * own / 2)[0]  # with a drift it is less far
    few = group.few(far)
    without, with_ramp = _likelihoods(few, shared.noise) + shared.likely[:, None]
    ratio = with_ramp.max(axis=0, initial=-np.inf) - without.max(axis=0, initial=-np.inf)
    distance = np.sqrt(2 * np.maximum(ratio, 0.0)) * _gradual(few, shared)
    found.distance[far] = np.where(distance >= FAR, distance, 0.0)
    found.length[far], found.height[far] = _growth(few, with_ramp[:STEADY])
    return found


def _gradual(group: _Rows, shared: Common) -> NDArray[np.bool_]:
    """Whether a ramp fits better than anything that comes at once."""
    ramp, other = (
        _best(group, fits, shared) for fits in (group.shapes.ramps[:STEADY], group.shapes.others)
    )
    return ramp >= other + BETTER


def _best(group: _Rows, fits: Sequence[Fit], shared: Common) -> Numbers:
    """ln of the likelihood that the best of some shapes has on the best steady course."""
    each = np.zeros((STEADY, len(group.at)))
    for course, fit in enumerate(fits):
        squares = group.shapes.courses[course].squares(group.days)
        rest = _less(squares, fit.gains(group.days, 0.0)[0])
        each[course] = _likelihood(group, shared.noise, course, rest) + shared.likely[course]
    return each.max(axis=0)


def _growth(group: _Rows, likelihoods: Numbers) -> tuple[Index, Numbers]:
    """For how long and by how much in all the best ramp has grown, on the likeliest course."""
    length, height = np.zeros(len(group.at), np.int64), np.zeros(len(group.at))
    best = likelihoods.argmax(axis=0)
    for course in range(STEADY):
        some = np.nonzero(best == course)[0]
        gains, slopes = _gains(group.few(some), group.shapes.ramps[course])
        which = gains.argmax(axis=0)
        length[some] = group.shapes.lengths[which]
        height[some] = (slopes[which, np.arange(len(some))] + ALLOWANCE) * length[some]
    return length, height


def _gains(group: _Rows, fit: Fit) -> tuple[Numbers, Numbers]:
    return fit.gains(group.days, ALLOWANCE)


def _left(group: _Rows, course: int) -> tuple[Numbers, Numbers]:
    """The sums of squares of days, and what the best ramp leaves of them."""
    left = group.shapes.courses[course].squares(group.days)
    return left, _less(left, _gains(group, group.shapes.ramps[course])[0])


def _less(left: Numbers, gains: Numbers) -> Numbers:
    return np.maximum(left - gains.max(axis=0), 0.0)


def _likelihoods(group: _Rows, noise: float) -> Numbers:
    """(2, courses, rows) ln of the likelihoods without a ramp, and with the best."""
    found = np.zeros((2, len(COURSES), len(group.at)))
    for course in range(len(COURSES)):
        for place, left in enumerate(_left(group, course)):
            found[place, course] = _likelihood(group, noise, course, left)
    return found


def _likelihood(group: _Rows, noise: float, course: int, left: Numbers) -> Numbers:
    """ln of it, by what is left of the sums of squares. How much a row's days stray in all may be
    anything, and is not far from `noise` and what is counted, whatever their course: its square is
    taken for inverse gamma."""
    of = group.shapes.courses[course]
    usual = STRAY_DAYS * (noise + group.counted) * of.scale
    gone = (STRAY_DAYS + group.known - 1) * np.log(usual + left) - STRAY_DAYS * np.log(usual)
    return -gone / 2 - of.volume


def _likely(likelihoods: Sequence[Numbers]) -> Numbers:
    """ln of how likely courses are, from the likelihoods of all rows: expectation and maximisation,
    some rounds."""
    every = np.concatenate([*likelihoods, np.zeros((2, len(COURSES), 0))], axis=2)
    rows = np.logaddexp(every[0] + np.log(1 - RAMPS), every[1] + np.log(RAMPS))
    count = LIKELY * LIKELY_ROWS
    for _ in range(8):
        each = rows + np.log(count / count.sum())[:, None]
        each = np.exp(each - each.max(axis=0, initial=-np.inf))
        count = LIKELY * LIKELY_ROWS + (each / each.sum(axis=0)).sum(axis=1)
    return np.log(count / count.sum())
