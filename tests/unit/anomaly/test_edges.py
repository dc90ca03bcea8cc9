"""Instances without keys, feeds with gaps, sums of nothing, very large numbers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest

from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.rows import Rows
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, quiet_weeks, run

SATURDAY = MONDAY + timedelta(days=5)
STEP = 3


def office(days: int) -> Iterator[PartialSum]:
    """The whole feed works from 8 to 18 o'clock on weekdays, and is away otherwise."""
    rng = np.random.default_rng(2)
    for day in (day for day in range(days) if day % 7 < 5):
        for minute in range(0, 600, STEP):
            window = at(8, day=day) + timedelta(minutes=minute)
            yield part(window, int(rng.poisson(9)), category=ANY_CATEGORY)


def test_an_instance_without_keys_passes_the_hours_of_the_feed() -> None:
    stage = baseline()
    stage.announce([at(1), at(2)])
    assert run(stage, [], at(2, day=1)) == []
    assert stage.fleet.calendar.hours() == 2


def test_hours_before_a_gap_of_the_feed_say_nothing_of_the_pace_after_it() -> None:
    """Friday's last hours are not held against what the early hours of a Monday should bring."""
    stage = baseline()
    run(stage, list(office(14)), at(8, day=14))
    (row,) = stage.rows.index.values()
    assert not stage.usual.clumped[row]
    assert stage.usual.pace[row] == pytest.approx(1.0, abs=0.01)
    assert stage.usual.high[row] == pytest.approx(stage.usual.mean[row], rel=0.2)


def test_a_feed_that_is_away_is_the_same_in_one_step_and_in_many() -> None:
    one, other = baseline(), baseline()
    for stage in (one, other):
        run(stage, list(quiet_weeks(8)), at(0, day=8))
    run(one, [], at(0, day=12))
    for hour in range(4 * 24 + 1):
        run(other, [], at(0, day=8) + timedelta(hours=hour))
    assert list(dump_changes(one))[:2] == list(dump_changes(other))[:2]
    assert one.fleet.days == other.fleet.days


def test_requests_without_a_value_do_not_run_on_into_the_next_hour() -> None:
    stage = baseline()
    run(stage, [msgspec.structs.replace(part(at(1, 5), 1), values=0, events=7)], at(3))
    assert stage.rows.running.of["events"].max() == 0


def test_free_rows_at_the_end_are_as_after_a_restart() -> None:
    rows, again = Rows(), Rows()
    for name in "abcd":
        rows.add(("egress", "hubspot", name, EMAIL))
    for row in (1, 3, 2):
        rows.remove(row)
    again.restore(rows.index, rows.pack([0]))
    again.settle()
    assert rows.used == again.used == 1
    fresh = [("egress", "hubspot", name, EMAIL) for name in "efg"]
    assert [rows.add(key) for key in fresh] == [again.add(key) for key in fresh] == [1, 2, 3]


def test_rows_are_restored_within_an_hour_as_they_were() -> None:
    stage, again = baseline(), baseline()
    run(stage, list(quiet_weeks(2)), at(0, day=2))
    sums = [
        msgspec.structs.replace(part(at(0, 5, day=2), 900, service=name), registered=registered)
        for name, registered in (("crm", False), ("new", True))
    ]
    run(stage, sums, at(0, 6, day=2))
    restore(again, [(key, value) for key, value in dump_changes(stage) if value is not None])
    for name, array in stage.rows.of.items():
        np.testing.assert_array_equal(again.rows.of[name], array, err_msg=name)


@pytest.mark.parametrize("start", [SATURDAY, SATURDAY + timedelta(hours=23)])
@pytest.mark.parametrize("many", [1, 10**12])
def test_any_start_and_any_size_gives_findings_with_numbers(start: datetime, many: int) -> None:
    """A service without a row of its own for all its requests, and one key only."""
    stage = baseline(min_count=1)
    for hour in range(24 * 9):
        window = start + timedelta(hours=hour, minutes=hour % 60)
        times = 1000 if hour == 200 else 1
        sums = [msgspec.structs.replace(part(window, 1), values=many * times, size=many)]
        for one in stage.take(sums, window + timedelta(minutes=1)):
            evidence = one.evidence
            numbers = [one.score, evidence.observed, evidence.expected, evidence.high]
            assert np.isfinite(numbers).all()
    for name, array in stage.rows.of.items():
        assert name == "days" or np.isfinite(array).all(), name
