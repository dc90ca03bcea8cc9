"""Tails of the negative binomial against their sums, term by term."""

from math import exp, lgamma, log

import numpy as np
import pytest

from detectors.anomaly.counts import above, below, surprise


def tails(count: int, mean: float, dispersion: float) -> tuple[float, float]:
    """-ln P(X >= count) and -ln P(X <= count), summed up."""
    size, odds = 1 / dispersion, mean / (mean + 1 / dispersion)

    def term(x: int) -> float:
        return exp(
            lgamma(x + size) - lgamma(size) - lgamma(x + 1) + size * log(1 - odds) + x * log(odds)
        )

    up = sum(term(x) for x in range(count, 20_000))
    return -log(up), -log(sum(term(x) for x in range(count + 1)))


@pytest.mark.parametrize(
    ("count", "mean", "dispersion"),
    [(60, 1.0, 58.0), (10, 1.0, 0.1), (3, 0.05, 0.3), (300, 100.0, 0.1), (150, 100.0, 0.02)],
)
def test_the_upper_tail_is_close_far_out_too(count: int, mean: float, dispersion: float) -> None:
    distance = above(*(np.array([float(one)]) for one in (count, mean, dispersion)))
    assert surprise(distance)[0] == pytest.approx(tails(count, mean, dispersion)[0], rel=0.04)


@pytest.mark.parametrize(
    ("count", "mean", "dispersion"),
    [(0, 10.0, 0.1), (0, 50.0, 0.1), (2, 20.0, 0.1), (30, 100.0, 0.05), (0, 3.0, 0.01)],
)
def test_the_lower_tail_is_close_down_to_nothing(
    count: int, mean: float, dispersion: float
) -> None:
    distance = below(*(np.array([float(one)]) for one in (count, mean, dispersion)))
    assert surprise(distance)[0] == pytest.approx(tails(count, mean, dispersion)[1], rel=0.05)


def test_what_is_as_expected_is_no_distance_at_all() -> None:
    one, ten = np.array([1.0]), np.array([10.0])
    assert above(ten, ten, one)[0] == 0
    assert above(one, ten, one)[0] == 0
    assert below(ten, ten, one)[0] == 0
    assert below(ten, one, one)[0] == 0


def test_more_is_farther() -> None:
    counts = np.arange(1.0, 400.0)
    for mean in (0.1, 3.0, 80.0):
        for dispersion in (0.02, 0.5, 20.0):
            distance = above(counts, np.full(399, mean), np.full(399, dispersion))
            assert (np.diff(distance) >= -1e-9).all()


def test_many_counts_at_once_are_as_far_as_one_by_one() -> None:
    counts = np.arange(50_000.0).reshape(2, -1)
    means = np.linspace(1, 40_000, 25_000)
    together = above(counts, means, np.array(0.1))
    assert together.shape == counts.shape
    for place in (0, 8_191, 8_192, 24_999):
        alone = above(counts[:, place], means[place : place + 1], np.array([0.1]))
        assert together[:, place].tolist() == alone.tolist()
