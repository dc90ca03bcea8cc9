"""Total silence: told as minutes pass, where vendors come back it is not, and what it teaches."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.silence import SHORTEST
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames
from tests.support.partial_sums import requests_of

HOUR = timedelta(hours=1)
THURSDAY = MONDAY + timedelta(days=3)
NOON = THURSDAY + 12 * HOUR
RATES = {"busy": 240.0, "office": 120.0, "small": 12.0}
"""Requests an hour; an office has them by day, and a cron job thirty at twenty past each hour."""
CRON = 30


def minutes(
    since: datetime, count: int, *, without: str = "", late: int = 0
) -> Iterator[PartialSum]:
    """What comes in the minutes since then, but for one vendor; the office begins late."""
    rng = np.random.default_rng(3)
    for window in (since + n * MINUTE for n in range(count)):
        for vendor, rate in RATES.items():
            open_now = vendor != "office" or 8 + late <= window.hour < 18
            events = int(rng.poisson(rate / 60 if open_now else rate / 6000))
            if events and vendor != without:
                yield requests_of(vendor, window, events)
        if window.minute == 20 and without != "cron":
            yield requests_of("cron", window, CRON)


@cache
def _learnt() -> list[tuple[str, bytes]]:
    """Three days."""
    stage = Baseline(BaselineSettings(), PlainNames())
    assert stage.take(minutes(MONDAY, 3 * 24 * 60), THURSDAY) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def again(pairs: list[tuple[str, bytes]]) -> Baseline:
    stage = Baseline(BaselineSettings(), PlainNames())
    restore(stage, pairs)
    return stage


@pytest.fixture
def stage() -> Baseline:
    """On Thursday at noon."""
    stage = again(_learnt())
    assert stage.take(minutes(THURSDAY, 12 * 60), NOON) == []
    return stage


def pass_minutes(stage: Baseline, count: int, without: str = "") -> list[Finding]:
    since = stage.progress.closed_until
    return stage.take(minutes(since, count, without=without), since + count * MINUTE)


def test_a_busy_service_that_stops_is_told_before_the_hour_is_over_and_stays_one_finding(
    stage: Baseline,
) -> None:
    pass_minutes(stage, 4)
    (found,) = pass_minutes(stage, SHORTEST + 5, without="busy")
    assert found.timestamp == NOON + 4 * MINUTE
    assert found.last - found.timestamp == (found.evidence.minutes or 0) * MINUTE < HOUR
    assert (found.subprocessor, found.rule, found.evidence.observed) == ("busy", "volume-low", 0)
    assert "none since Thursday 12:04 UTC, for 0:4" in found.message
    later = pass_minutes(stage, 180, without="busy")
    assert {one.id for one in later} == {found.id}, "told again as hours close, not each minute"
    assert len(later) <= 4


def test_a_vendor_that_is_away_for_half_an_hour_comes_back_by_itself(stage: Baseline) -> None:
    assert pass_minutes(stage, 30, without="busy") == []
    assert pass_minutes(stage, 60) == []


def test_minutes_in_which_nobody_had_anything_are_nobodys_silence(stage: Baseline) -> None:
    back = NOON + 100 * MINUTE
    assert stage.take([requests_of("small", back, 1)], back + MINUTE) == []
    assert stage.take(minutes(back + MINUTE, 60), back + 61 * MINUTE) == []


def test_few_requests_an_hour_take_hours(stage: Baseline) -> None:
    assert pass_minutes(stage, 60, without="small") == []
    found = pass_minutes(stage, 120, without="small")
    assert {one.subprocessor for one in found} == {"small"}


def test_a_job_of_each_hour_is_missed_when_it_has_not_run_twice(stage: Baseline) -> None:
    assert pass_minutes(stage, 100, without="cron") == [], "the hour that it began in is not over"
    found = pass_minutes(stage, 140, without="cron")
    assert {one.subprocessor for one in found} == {"cron"}


def test_who_does_not_rest_at_weekends_is_missed_on_the_second_saturday() -> None:
    """One weekend has shown that weekends are like weekdays."""
    stage, saturday = again(_learnt()), MONDAY + timedelta(days=12)
    days = minutes(THURSDAY, 9 * 24 * 60)
    assert stage.take(days, saturday) == []
    found = pass_minutes(stage, 120, without="busy")
    assert {one.subprocessor for one in found} == {"busy"}


def test_an_office_that_begins_an_hour_later_as_when_clocks_change_is_not_silent() -> None:
    stage = again(_learnt())
    assert stage.take(minutes(THURSDAY, 12 * 60, late=1), NOON) == []


def test_what_was_stored_in_the_middle_of_a_silence_goes_on_the_same(stage: Baseline) -> None:
    pairs = dict(_learnt()) | {
        key: value for key, value in dump_changes(stage) if value is not None
    }
    assert pass_minutes(stage, 30, without="busy") == []
    for key, value in dump_changes(stage):
        pairs.pop(key, None)
        if value is not None:
            pairs[key] = value
    other = again(list(pairs.items()))
    expected = pass_minutes(stage, 40, without="busy")
    assert len(expected) == 2, "when it is sure, and as the hour closes"
    assert pass_minutes(other, 40, without="busy") == expected


def test_a_gap_teaches_once_when_it_is_over_and_not_where_it_was_told(stage: Baseline) -> None:
    tail = stage.fleet.calibration.tail("silence")
    row = stage.rows.index["egress", "small", "crm", ANY_CATEGORY]
    pass_minutes(stage, 59, without="small")
    assert (tail.new_peaks, stage.rows.of["came"][row] // 60 < NOON.timestamp() // 3600) == (
        0,
        True,
    )
    before = tail.peaks
    pass_minutes(stage, 20)
    assert tail.new_peaks == 1
    pass_minutes(stage, 120, without="busy")
    before = tail.peaks
    pass_minutes(stage, 30)
    assert tail.peaks + tail.new_peaks <= before + 1
