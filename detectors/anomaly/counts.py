"""How unusual a count is under a negative binomial, for whole arrays at once.

A count with mean m and dispersion a has the variance m + a m^2. Its distance is Barndorff-Nielsen's
modified signed root r* of the likelihood ratio (O. Barndorff-Nielsen, "Inference on full or partial
parameters based on the standardized signed log likelihood ratio", Biometrika 73, 1986), which is
close to standard normal far out in the tails too, where a z-score of such a count is not.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PIECE: Final = 8192
"""So many numbers are worked on at once: a dozen arrays of them stay in a processor's cache."""
_NEAR: Final = 0.3
"""Below this distance r* loses its digits, and nobody asks for more than a z-score."""


def above(count: Numbers, mean: Numbers, dispersion: Numbers) -> Numbers:
    """How far counts are above their means, in standard normal deviations; 0 for those that are
    not. All three broadcast; means and dispersions are positive."""
    high = np.maximum(count, mean)
    return np.where(count > mean, _modified_roots(high, mean, dispersion), 0.0)


def below(count: Numbers, mean: Numbers, dispersion: Numbers) -> Numbers:
    """How far counts are below their means, as a positive number; 0 for those that are not."""
    low = np.minimum(count + 0.5, mean)  # half a step: "so many or fewer"
    return np.where(low < mean, -_modified_roots(low, mean, dispersion), 0.0)


def surprise(distance: Numbers) -> Numbers:
    """-ln of the upper tail of the standard normal at a distance of at least 0.

    By the continued fraction of Mills' ratio (Abramowitz and Stegun, 26.2.14), cut off after
    eight steps: within 2 % of the tail at 1, and much closer beyond.
    """
    x = np.maximum(distance, 0.0)
    fraction = x + 0.5
    for step in range(8, 0, -1):
        fraction = x + step / fraction
    far = x * x / 2 + 0.9189385332046727 + np.log(fraction)
    return np.where(x < 0.5, 0.6931471805599453 + x * 0.9, far)


def upper_range(mean: Numbers, dispersion: Numbers, distance: float) -> Numbers:
    """The mean and so many standard deviations more."""
    return mean + distance * np.sqrt(mean + dispersion * mean * mean)


def pieces(size: int, most: int = PIECE) -> list[slice]:
    """Where to cut so many numbers, at least into one piece. Hundreds of thousands at once take up
    to twice as long as piece by piece: each step would fetch them from memory again."""
    return [slice(first, first + most) for first in range(0, max(size, 1), most)]


def _modified_roots(*three: Numbers) -> Numbers:
    if max(one.size for one in three) <= PIECE:
        return _modified_root(*three)
    whole = np.broadcast_arrays(*three)
    flat = [one.ravel() for one in whole]
    found = [_modified_root(*(one[piece] for one in flat)) for piece in pieces(flat[0].size)]
    return np.concatenate(found).reshape(whole[0].shape)


def _modified_root(count: Numbers, mean: Numbers, dispersion: Numbers) -> Numbers:
    size = 1.0 / dispersion
    higher, ratio = np.log(count / mean), np.log((count + size) / (mean + size))
    deviance = 2.0 * (count * higher - (count + size) * ratio)
    root = np.sign(count - mean) * np.sqrt(np.maximum(deviance, 0.0))
    slope = higher - ratio
    spread = np.sqrt(count + dispersion * count * count)
    wald = np.where(count > mean, -np.expm1(-slope), slope) * spread
    plain = (count - mean) / np.sqrt(mean + dispersion * mean * mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = root + np.log(wald / root) / root
    return np.where(np.abs(root) < _NEAR, plain, exact)
