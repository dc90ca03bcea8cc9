"""Quiet days and busy ones, offices and holidays: what of them is unusual, and what is not."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames
from tests.support.partial_sums import requests_of

HOUR = timedelta(hours=1)
STEP = 3
"""Minutes from one sum to the next."""
DAYS = 16
VENDORS = {"busy": 240.0, "office": 90.0, "agency": 90.0, "small": 15.0}
"""Requests an hour."""
RESTING = ("office", "agency")
NOW = MONDAY + timedelta(days=DAYS, hours=10)
"""A Wednesday morning."""


def usual(vendor: str, moment: datetime) -> float:
    rests = vendor in RESTING and (moment.weekday() >= 5 or not 8 <= moment.hour < 18)
    return VENDORS[vendor] * (0.05 if rests else 1.0)


def hours(
    rng: np.random.Generator, since: datetime, count: int, times: Mapping[str, float]
) -> Iterator[PartialSum]:
    """Hours that stray, of each vendor so many times the usual."""
    for hour in (since + n * HOUR for n in range(count)):
        for vendor in VENDORS:
            rate = usual(vendor, hour) * times.get(vendor, 1.0) * rng.lognormal(0, 0.25)
            for minute in range(0, 60, STEP):
                yield part(vendor, hour + timedelta(minutes=minute), rate * STEP / 60, rng)


def part(vendor: str, window: datetime, expected: float, rng: np.random.Generator) -> PartialSum:
    return requests_of(vendor, window, int(rng.poisson(expected)))


@cache
def _learnt() -> tuple[list[Finding], list[tuple[str, bytes]]]:
    """Two weeks and two days, each with its own pace."""
    rng, stage = np.random.default_rng(4), Baseline(BaselineSettings(), PlainNames())
    found: list[Finding] = []
    for day in range(DAYS):
        start = MONDAY + timedelta(days=day)
        times = dict(zip(VENDORS, rng.lognormal(0, 0.25, len(VENDORS)), strict=True))
        found += stage.take(hours(rng, start, 24, times), start + 24 * HOUR)
    return found, [(key, value) for key, value in dump_changes(stage) if value is not None]


@pytest.fixture
def stage() -> Baseline:
    stage = Baseline(BaselineSettings(), PlainNames())
    restore(stage, _learnt()[1])
    return stage


def pass_hours(stage: Baseline, count: int, **times: float) -> list[Finding]:
    """The next hours after the stage's."""
    rng, since = np.random.default_rng(6), stage.progress.hour
    return stage.take(hours(rng, since, count, times), since + count * HOUR)


def rest(stage: Baseline, count: int, levels: Mapping[str, float]) -> list[Finding]:
    """The next hours, at so much of their daily rates all the time."""
    rng, since = np.random.default_rng(6), stage.progress.hour
    found: list[Finding] = []
    for hour in (since + n * HOUR for n in range(count)):
        times = {name: level * VENDORS[name] / usual(name, hour) for name, level in levels.items()}
        found += stage.take(hours(rng, hour, 1, times), hour + HOUR)
    return found


def told(found: list[Finding]) -> set[tuple[str, str]]:
    return {(one.subprocessor, one.rule) for one in found}


def test_weekends_of_offices_and_days_of_other_paces_are_usual() -> None:
    assert told(_learnt()[0]) == set()


@pytest.mark.parametrize(("pace", "expected"), [(0.45, {("busy", "volume-high")}), (1.9, set())])
def test_ten_minutes_are_held_against_the_pace_of_their_day(
    stage: Baseline, pace: float, expected: set[tuple[str, str]]
) -> None:
    """The same fivefold of the usual is much on a quiet day, and little on a busy one."""
    assert told(pass_hours(stage, 10, busy=pace)) == set()
    rng = np.random.default_rng(7)
    burst = [
        part("busy", NOW + timedelta(minutes=n), 5 * VENDORS["busy"] / 60, rng) for n in range(10)
    ]
    assert told(stage.take(burst, burst[-1].window + timedelta(minutes=1))) == expected


def test_total_silence_of_a_busy_service_is_told_within_two_hours(stage: Baseline) -> None:
    assert told(pass_hours(stage, 10)) == set()
    assert ("busy", "volume-low") in told(pass_hours(stage, 2, busy=0.0))


def test_an_office_may_have_a_day_off_and_not_two(stage: Baseline) -> None:
    """It brings what it does at weekends, which is no more than at night."""
    level = {"office": 0.05}
    assert told(rest(stage, 24, level)) == set()
    assert told(rest(stage, 24, level)) == {("office", "volume-low")}


def test_who_has_worked_in_the_morning_has_no_day_off_and_neither_have_two(
    stage: Baseline,
) -> None:
    assert told(pass_hours(stage, 12)) == set()
    found = told(pass_hours(stage, 5, office=0.0, agency=0.0))
    assert found == {("office", "volume-low"), ("agency", "volume-low")}


def test_two_offices_have_a_holiday_of_two_days(stage: Baseline) -> None:
    level = {"office": 0.05, "agency": 0.05}
    assert told(rest(stage, 48, level)) == set()


def test_a_silence_of_days_does_not_become_usual(stage: Baseline) -> None:
    row = stage.rows.index["egress", "busy", "crm", ANY_CATEGORY]
    level = float(stage.usual.level[row])
    assert ("busy", "volume-low") in told(pass_hours(stage, 72, busy=0.0))
    assert float(stage.usual.level[row]) == pytest.approx(level, rel=0.05)
    assert not stage.usual.clumped[row]
