"""Ratios: what they are made of, and that volume by itself moves none."""

from collections.abc import Iterator
from functools import cache

import msgspec
import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.distinct import sketch
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

DAYS = 9


def day_of(
    day: int, rng: np.random.Generator, times: float = 1.0, people: float = 1.0
) -> Iterator[PartialSum]:
    """Twelve hours of 50 to 800 values of which the people grow with the root of the values."""
    for hour in range(12):
        values = int(times * 200 * rng.lognormal(0, 0.6))
        many = int(min(people * 8 * values**0.5, values))
        window = at(hour, 7, day=day)
        one = part(window, values)
        yield msgspec.structs.replace(one, subjects=sketch(rng.integers(1, 2**62, many).tolist()))
        yield part(window, values, category=ANY_CATEGORY)


def days(count: int) -> list[PartialSum]:
    rng = np.random.default_rng(1)
    return [one for day in range(count) for one in day_of(day, rng)]


@cache
def _learnt() -> list[tuple[str, bytes]]:
    stage = baseline(min_count=100_000)
    assert run(stage, days(DAYS), at(0, day=DAYS)) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


@pytest.fixture
def stage() -> Baseline:
    stage = baseline(min_count=100_000)
    restore(stage, _learnt())
    return stage


def test_fewer_people_to_a_value_where_there_are_more_values_is_how_it_always_was(
    stage: Baseline,
) -> None:
    quiet = list(day_of(DAYS, np.random.default_rng(2), times=0.3))
    assert {one.rule for one in run(stage, quiet, at(0, day=DAYS + 1))} == set()


def test_more_people_to_a_value_are_found_in_numbers_that_can_be(stage: Baseline) -> None:
    sums = list(day_of(DAYS, np.random.default_rng(2), times=4, people=4))
    found = run(stage, sums, at(0, day=DAYS + 1))
    told = [one for one in found if one.rule == "spread"]
    assert {(one.category, one.evidence.metric) for one in told} == {(EMAIL, "people per value")}
    assert np.median([one.evidence.observed for one in told]) < 1  # one person a value at most


def nights(count: int, share: float, first: int = 0) -> Iterator[PartialSum]:
    """One batch a night of 400 requests, a share of them with an address; stray ones by day, and
    another service at all hours."""
    rng = np.random.default_rng(first + 5)
    for day in range(first, first + count):
        many = int(rng.binomial(400, share))
        yield part(at(2, 7, day=day), many)
        yield part(at(2, 7, day=day), 400, category=ANY_CATEGORY)
        for hour in range(24):
            yield part(at(hour, 7, day=day), 50, service="shop", category=ANY_CATEGORY)
        for hour in rng.choice(np.arange(6, 23), 4, replace=False).tolist():
            yield part(at(hour, 7, day=day), 1)
            yield part(at(hour, 7, day=day), 1, category=ANY_CATEGORY)


def test_a_batch_made_of_other_things_is_told_that_night_and_not_after_it() -> None:
    stage = baseline(min_count=100_000)
    assert run(stage, list(nights(12, 0.3)), at(0, day=12)) == []
    found = run(stage, list(nights(1, 0.9, first=12)), at(4, day=12))
    assert {one.rule for one in found} == {"mix-shift"}
    assert run(stage, list(nights(4, 0.3, first=13)), at(0, day=17)) == []
