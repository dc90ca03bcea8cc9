"""When a delivery is tried again, and when it is given up."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery import RetryPolicy
from tests.support.messages import NOW


@given(st.integers(1, 10_000), st.integers())
def test_a_wait_is_between_zero_and_a_ceiling_that_doubles(attempts: int, seed: int) -> None:
    policy = RetryPolicy(first_wait=1, longest_wait=600)
    ceiling = min(600, 2 ** min(attempts - 1, 20))
    assert timedelta() <= policy.wait(attempts, Random(seed)) <= timedelta(seconds=ceiling)


def test_waits_use_the_whole_range() -> None:
    random = Random(1)
    waits = [RetryPolicy().wait(5, random).total_seconds() for _ in range(500)]
    assert min(waits) < 1
    assert max(waits) > 15


def test_the_same_seed_gives_the_same_waits() -> None:
    assert RetryPolicy().wait(7, Random(3)) == RetryPolicy().wait(7, Random(3))


@pytest.mark.parametrize(("asked", "heeded"), [(None, 0), (0.0, 0), (30.0, 30), (1e9, 3600)])
def test_a_receivers_wish_is_heeded_within_reason(asked: float | None, heeded: float) -> None:
    assert RetryPolicy().heed(asked) == timedelta(seconds=heeded)


def test_too_many_attempts_or_too_long_is_the_end() -> None:
    policy = RetryPolicy(max_attempts=3, max_age=60)
    assert not policy.exhausted(2, NOW, NOW + timedelta(seconds=59))
    assert policy.exhausted(3, NOW, NOW)
    assert policy.exhausted(1, NOW, NOW + timedelta(seconds=60))
