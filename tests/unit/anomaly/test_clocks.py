"""Offices of other zones and weeks: each service finds its weekend, and keeps to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.bins import FREE, STARTS, of_week
from detectors.anomaly.clocks import CLEAR, ONCE, set_clock
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.rows import BINS, CLOCKS
from detectors.anomaly.state import hours_since_1970
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames
from tests.support.partial_sums import requests_of

HOUR = timedelta(hours=1)
WEEKS = 3
NOW = MONDAY + timedelta(weeks=WEEKS)
EMAIL = "user.contact.email"
OFFICES = {"berlin": (1, 5), "tokyo": (9, 5), "california": (-8, 5), "riyadh": (3, 4)}
"""Hours from UTC, and the first free day of the week, 0 for Monday."""
RIYADH = CLOCKS - 1
"""The clock with free Fridays."""
VENDORS = (*OFFICES, "machine")
STEP = 4
"""Minutes from one sum to the next."""


def free(vendor: str, moment: datetime) -> bool:
    zone, first = OFFICES[vendor]
    local = moment + zone * HOUR
    return local.weekday() in (first, first + 1) or not 8 <= local.hour < 18


def usual(vendor: str, moment: datetime) -> float:
    """Requests an hour."""
    return 6.0 if vendor in OFFICES and free(vendor, moment) else 120.0


def hours(
    since: datetime, count: int, *, off: dict[str, float] | None = None, category: str = ""
) -> Iterator[PartialSum]:
    """Hours that stray, those of some vendors so many times the usual."""
    for hour in (since + n * HOUR for n in range(count)):
        rng = np.random.default_rng(hours_since_1970(hour))
        for vendor in VENDORS:
            rate = usual(vendor, hour) * (off or {}).get(vendor, 1.0) * rng.lognormal(0, 0.2)
            for minute in range(0, 60, STEP):
                events = int(rng.poisson(rate * STEP / 60))
                for one in (ANY_CATEGORY, *([category] if category else [])):
                    yield requests_of(vendor, hour + timedelta(minutes=minute), events, one)


def fresh() -> Baseline:
    return Baseline(BaselineSettings(), PlainNames())


def pass_hours(stage: Baseline, count: int, **off: float) -> list[Finding]:
    """The next hours after the stage's."""
    since = stage.progress.hour
    return stage.take(hours(since, count, off=off), since + count * HOUR)


@cache
def _learnt() -> tuple[list[Finding], list[tuple[str, bytes]]]:
    stage = fresh()
    found = stage.take(hours(MONDAY, WEEKS * 168), NOW)
    return found, stored(stage)


def stored(stage: Baseline) -> list[tuple[str, bytes]]:
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


@pytest.fixture
def stage() -> Baseline:
    stage = fresh()
    restore(stage, _learnt()[1])
    return stage


def row_of(stage: Baseline, vendor: str, category: str = ANY_CATEGORY) -> int:
    return stage.rows.index["egress", vendor, "crm", category]


def clock_of(stage: Baseline, vendor: str, category: str = ANY_CATEGORY) -> int:
    return int(stage.rows.of["clock"][row_of(stage, vendor, category)])


def test_weekends_have_two_days_and_begin_where_the_clock_says() -> None:
    assert (FREE.sum(axis=1) == 48).all()
    for free_hours, start in zip(FREE, STARTS, strict=True):
        assert free_hours[start]
        assert not free_hours[start - 1]
    saturday = hours_since_1970(MONDAY + timedelta(days=5))
    assert of_week(saturday) == STARTS[0]


@pytest.mark.parametrize("vendor", OFFICES)
def test_a_service_finds_its_weekend(stage: Baseline, vendor: str) -> None:
    """Several clocks may fit: they differ in hours of the night."""
    bins, row = stage.bins, row_of(stage, vendor)
    zone, first = OFFICES[vendor]
    for hour in (NOW + n * HOUR for n in range(168)):
        local = hour + zone * HOUR
        weekend = bins.bin_of(hours_since_1970(hour), row) >= 24
        assert weekend == (local.weekday() in (first, first + 1)) or not 8 <= local.hour < 18


def test_what_works_alike_all_week_keeps_utc(stage: Baseline) -> None:
    row = row_of(stage, "machine")
    assert stage.rows.of["clock"][row] == 0
    assert not stage.rows.of["clock_scores"][row].any()


def test_it_does_so_without_a_false_alarm_once_it_knows_it(stage: Baseline) -> None:
    assert pass_hours(stage, 168) == []


def test_a_new_category_goes_by_the_clock_of_its_service(stage: Baseline) -> None:
    stage.take(hours(NOW, 2, category=EMAIL), NOW + 2 * HOUR)
    assert clock_of(stage, "riyadh", EMAIL) == clock_of(stage, "riyadh") == RIYADH


def test_all_categories_of_a_service_change_together(stage: Baseline) -> None:
    stage.take(hours(NOW, 2, category=EMAIL), NOW + 2 * HOUR)
    stage.rows.of["clock_scores"][row_of(stage, "riyadh")] = [0, *[-2 * CLEAR] * (CLOCKS - 1)]
    pass_hours(stage, 8)
    assert clock_of(stage, "riyadh", EMAIL) == clock_of(stage, "riyadh") == 0
    assert clock_of(stage, "tokyo", EMAIL) == clock_of(stage, "tokyo") != 0


def test_a_holiday_before_a_weekend_moves_no_weekend(stage: Baseline) -> None:
    before = clock_of(stage, "berlin")
    pass_hours(stage, 4 * 24)
    pass_hours(stage, 24, berlin=0.05)
    pass_hours(stage, 4 * 24)
    assert clock_of(stage, "berlin") == before


def test_who_works_on_other_days_from_now_on_changes_once(stage: Baseline) -> None:
    """The office in Riyadh begins to work as the one in Berlin does."""
    seen = [clock_of(stage, "riyadh")]
    for _ in range(3):
        since = stage.progress.hour
        sums = [one for one in hours(since, 168) if one.subprocessor != "riyadh"]
        like = [one for one in sums if one.subprocessor == "berlin"]
        sums += [requests_of("riyadh", one.window, one.events, ANY_CATEGORY) for one in like]
        stage.take(sums, since + 168 * HOUR)
        seen.append(clock_of(stage, "riyadh"))
    assert seen[0] == RIYADH
    assert seen[-1] != RIYADH
    assert sum(one != other for one, other in pairwise(seen)) == 1


@pytest.mark.parametrize(
    ("vendor", "days", "clock"), [("berlin", 0, 8), ("riyadh", 6, 6), ("tokyo", 0, 1)]
)
def test_the_first_morning_of_work_is_missed(
    stage: Baseline, vendor: str, days: int, clock: int
) -> None:
    """Mondays before noon in UTC, and Sundays where Sunday is a day of work."""
    pass_hours(stage, days * 24 + clock)
    found = pass_hours(stage, 3, **{vendor: 0.0})
    assert {(one.subprocessor, one.rule) for one in found} == {(vendor, "volume-low")}


def test_work_on_its_weekend_is_told_as_such(stage: Baseline) -> None:
    pass_hours(stage, 4 * 24 + 8)
    found = pass_hours(stage, 1, riyadh=20.0)
    assert {one.subprocessor for one in found} == {"riyadh"}
    assert all("weekends 08:00" in one.message for one in found)


def test_an_attack_tells_nothing_of_weekends(stage: Baseline) -> None:
    pass_hours(stage, 4 * 24 + 8)
    scores = stage.rows.of["clock_scores"][row_of(stage, "berlin")]
    scores[:] = 0
    pass_hours(stage, 1, berlin=50.0)
    assert not scores.any()
    pass_hours(stage, 3)
    assert scores[RIYADH] < 0


def test_what_an_attack_taught_is_taken_back_and_the_clock_stays(stage: Baseline) -> None:
    since, row, bins = stage.progress.hour + 10 * HOUR, row_of(stage, "machine"), stage.bins
    pass_hours(stage, 10)
    pass_hours(stage, 1, machine=50.0)
    set_clock(bins, np.array([row]), np.array([RIYADH]))
    stage.answer(
        Feedback(
            at=stage.progress.hour,
            alert="a1",
            rule="volume-high",
            verdict="true-positive",
            subprocessor="machine",
            since=since,
            until=stage.progress.hour,
        )
    )
    assert stage.rows.of["hot"][row] == 0
    assert stage.rows.of["clock"][row] == RIYADH
    assert (stage.rows.of["visits"][row] == ONCE).all()
    level = float(stage.usual.level[row])
    assert bins.mean_of(row, 10, level) == pytest.approx(120, rel=0.3)


def test_what_was_mixed_counts_as_seen_once_and_the_rest_stays(stage: Baseline) -> None:
    row, bins = row_of(stage, "machine"), stage.bins
    level, every = float(stage.usual.level[row]), np.arange(BINS)
    before = np.array([bins.mean_of(row, number, level) for number in every])
    set_clock(bins, np.array([row]), np.array([STARTS.index(120 - 9)]))
    mixed = every % 24 >= 15  # by nine hours: those of UTC in which Tokyo is a day ahead
    assert (stage.rows.of["visits"][row][mixed] == ONCE).all()
    assert (stage.rows.of["visits"][row][~mixed] > ONCE).all()
    after = np.array([bins.mean_of(row, number, level) for number in every])
    assert after[~mixed] == pytest.approx(before[~mixed], rel=1e-5)
    assert after[mixed] == pytest.approx(before[mixed], rel=0.2)


def test_the_best_clock_has_zero_and_no_other_more(stage: Baseline) -> None:
    scores = stage.rows.of["clock_scores"][stage.rows.of_all()]
    assert (scores.max(axis=1) == 0).all()
    assert (scores[row_of(stage, "riyadh"), [0]] < -CLEAR).all()


def test_restarts_change_nothing() -> None:
    """Stored and restored amid the second weekend, and each day after it."""
    stage, since = fresh(), MONDAY
    pairs: dict[str, bytes] = {}
    for days in (12, 1, 1, 1, 6):
        restore(stage, pairs.items())
        stage.take(hours(since, days * 24), since + timedelta(days=days))
        since += timedelta(days=days)
        for key, value in dump_changes(stage):
            pairs.pop(key, None)
            if value is not None:
                pairs[key] = value
        stage = fresh()
    assert pairs == dict(_learnt()[1])
