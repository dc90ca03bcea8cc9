"""Jobs that run every few hours and are missed: those that never skip a run, and those that do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.records import PartialSum
from detectors.windows import MINUTE
from tests.support.moments import MONDAY
from tests.support.partial_sums import requests_of
from tests.unit.anomaly.test_missing_batches import again, learnt, told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY = MONDAY + 17 * DAY
EVERY = {"four": 4, "six": 6, "eight": 8, "nightly": 24, "skipping": 4}
"""Hours from run to run; one of them leaves out one of eight."""
REQUESTS = 40
PERIODS = 2


def days(since: datetime, count: int, pause: str = "", late: int = 0) -> Iterator[PartialSum]:
    """Whole days of a busy service and of all jobs but one, which pauses or runs late by so many
    minutes."""
    rng = np.random.default_rng([7, since.toordinal()])
    for minute in range(0, count * 24 * 60, 20):
        yield requests_of("busy", since + minute * MINUTE, int(rng.poisson(80)))
    for name, hours in EVERY.items():
        for hour in range(0, count * 24, hours):
            events = int(rng.poisson(REQUESTS * rng.lognormal(0, 0.1)))
            start = since + hour * HOUR + int(rng.integers(5, 20)) * MINUTE
            skips = name == "skipping" and rng.random() < 1 / 8
            if not skips and (name != pause or late):
                yield requests_of(name, start + (late if name == pause else 0) * MINUTE, events)


@cache
def _learnt() -> list[tuple[str, bytes]]:
    """Two weeks and a half."""
    return learnt(days(MONDAY, 17), THURSDAY)


@pytest.fixture
def stage() -> Baseline:
    return again(_learnt())


@pytest.mark.parametrize("name", ["four", "six", "eight", "nightly"])
def test_a_job_is_missed_within_two_of_its_periods(stage: Baseline, name: str) -> None:
    until = THURSDAY + PERIODS * EVERY[name] * HOUR
    assert told(stage, days(THURSDAY, 3, name), until) == {name}


@pytest.mark.parametrize("name", ["four", "six", "eight", "nightly"])
def test_one_run_that_is_missed_or_an_hour_late_is_not_told(stage: Baseline, name: str) -> None:
    until = THURSDAY + EVERY[name] * HOUR
    assert told(stage, days(THURSDAY, 2, name), until) == set()


@pytest.mark.parametrize("name", ["four", "six", "eight", "nightly"])
def test_a_job_that_runs_an_hour_late_from_now_on_is_not_silent(stage: Baseline, name: str) -> None:
    assert told(stage, days(THURSDAY, 3, name, late=60), THURSDAY + 3 * DAY) == set()


def test_a_job_that_skips_runs_is_missed_later(stage: Baseline) -> None:
    sums = list(days(THURSDAY, 3, "skipping"))
    assert told(stage, iter(sums), THURSDAY + 2 * EVERY["skipping"] * HOUR) == set()
    rest = (one for one in sums if one.window >= THURSDAY + 2 * EVERY["skipping"] * HOUR)
    assert told(stage, rest, THURSDAY + 2 * DAY) == {"skipping"}
