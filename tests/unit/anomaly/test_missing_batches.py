"""Batches that do not run: of each night, of weekdays, of one day of the week."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum
from detectors.windows import MINUTE
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames
from tests.support.partial_sums import requests_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY = MONDAY + 22 * DAY
RUNS: dict[str, Callable[[date], bool]] = {
    "nightly": lambda day: True,
    "weekdays": lambda day: day.weekday() < 5,
    "tuesdays": lambda day: day.weekday() == 1,
}
LENGTH, RATE = 20, 40.0
"""Minutes that each takes from two o'clock on, and requests a minute."""


def days(since: datetime, count: int, without: str = "") -> Iterator[PartialSum]:
    """Whole days of a busy service, and of all batches but one."""
    rng = np.random.default_rng([5, since.toordinal()])
    for midnight in (since + n * DAY for n in range(count)):
        for minute in range(0, 24 * 60, 20):
            yield requests_of("busy", midnight + minute * MINUTE, int(rng.poisson(80)))
        for name, runs in RUNS.items():
            start = midnight + (120 + int(rng.integers(0, 10))) * MINUTE
            for minute in range(LENGTH if runs(midnight) and name != without else 0):
                yield requests_of(name, start + minute * MINUTE, int(rng.poisson(RATE)))


def told(stage: Baseline, sums: Iterator[PartialSum], until: datetime) -> set[str]:
    """Whose silence or drop is told of what comes until then."""
    before = sorted((one for one in sums if one.window < until), key=lambda one: one.window)
    found: list[Finding] = stage.take(before, until)
    return {one.subprocessor for one in found if one.rule == "volume-low"}


def learnt(sums: Iterator[PartialSum], until: datetime) -> list[tuple[str, bytes]]:
    """What is stored of what comes until then, in which no silence is told."""
    stage = Baseline(BaselineSettings(), PlainNames())
    assert told(stage, sums, until) == set()
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def again(pairs: list[tuple[str, bytes]]) -> Baseline:
    stage = Baseline(BaselineSettings(), PlainNames())
    restore(stage, pairs)
    return stage


@cache
def _learnt() -> list[tuple[str, bytes]]:
    """Three weeks and a day."""
    return learnt(days(MONDAY, 22), TUESDAY)


@pytest.fixture
def stage() -> Baseline:
    return again(_learnt())


@pytest.mark.parametrize("name", RUNS)
def test_a_batch_that_does_not_run_is_told_in_the_night_after(stage: Baseline, name: str) -> None:
    assert told(stage, days(TUESDAY, 2, name), TUESDAY + DAY + 3 * HOUR) == {name}


def test_days_on_which_no_batch_is_due_are_no_silence(stage: Baseline) -> None:
    assert told(stage, days(TUESDAY, 7), TUESDAY + 7 * DAY) == set()
