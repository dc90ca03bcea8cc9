"""Fuller requests: values against the requests that held them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import msgspec
import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.calibration import Calibration
from detectors.anomaly.fuller import fill_of, teach
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.alert import Verdict
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, run
from tests.unit.anomaly.test_baseline import part as whole_part
from tests.unit.anomaly.test_feedback import verdict as verdict_of

DAYS = 8
NOW = at(10, day=DAYS)
BULK = 40.0
"""Values in every thirtieth request of the service `bulk`."""


KEY = ("egress", "hubspot", "crm", EMAIL)


def part(window: datetime, values: int, *, category: str, events: int) -> PartialSum:
    return msgspec.structs.replace(whole_part(window, values, category=category), events=events)


def minute(
    window: datetime, rng: np.random.Generator, rate: float = 4, each: float = 1.5, bulk: float = 0
) -> Iterator[PartialSum]:
    """Requests that hold one value each and some a few more; of `bulk` a share holds a lot."""
    requests = int(rng.poisson(rate))
    if not requests:
        return
    values = requests + int(rng.poisson(requests * (each - 1)))
    values += int(BULK * rng.binomial(requests, bulk))
    for category, count in ((EMAIL, values), (ANY_CATEGORY, 0)):
        yield part(window, count, category=category, events=requests)


def hours(since: datetime, count: int, rng: np.random.Generator, bulk: float) -> list[PartialSum]:
    return [
        one
        for number in range(0, 60 * count, 4)
        for one in minute(since + timedelta(minutes=number), rng, bulk=bulk)
    ]


@cache
def _learnt(bulk: float) -> list[tuple[str, bytes]]:
    stage, rng = baseline(), np.random.default_rng(3)
    for day in range(DAYS):
        assert run(stage, hours(at(8, day=day), 9, rng, bulk), at(0, day=day + 1)) == []
    assert run(stage, hours(at(8, day=DAYS), 2, rng, bulk), NOW) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def stage_of(bulk: float = 0.0) -> Baseline:
    stage = baseline()
    restore(stage, _learnt(bulk))
    return stage


def after(stage: Baseline, minutes: int, rate: float, each: float) -> list[Finding]:
    rng = np.random.default_rng(9)
    sums = [
        one
        for number in range(minutes)
        for one in minute(NOW + timedelta(minutes=number), rng, rate, each)
    ]
    return run(stage, sums, NOW + timedelta(minutes=minutes))


def test_requests_that_hold_more_are_found_in_minutes_and_say_so() -> None:
    found = after(stage_of(), 4, rate=1, each=12)
    assert {(one.rule, one.category) for one in found} == {("volume-high", EMAIL)}
    first = found[0]
    assert first.detected <= NOW + timedelta(minutes=3)
    assert " requests, " in first.message
    assert "times the usual for so many requests (" in first.message
    assert first.evidence.period == "so many requests"
    low, high = first.evidence.low, first.evidence.high
    assert low is not None
    assert high is not None
    assert low < (first.evidence.expected or 0) < high < (first.evidence.observed or 0)


def test_more_requests_are_no_fuller_ones() -> None:
    stage = stage_of()
    busy = [one for one in after(stage, 5, rate=12, each=1.5) if "so many" in one.message]
    assert busy == []


def test_who_sends_in_bulk_now_and_then_may_do_so() -> None:
    """The same minute is nothing new to a service whose requests are now and then that full."""
    sparse, bulky = (
        run(
            stage_of(bulk),
            [
                part(NOW, 44, category=EMAIL, events=3),
                part(NOW, 0, category=ANY_CATEGORY, events=3),
            ],
            NOW + timedelta(minutes=1),
        )
        for bulk in (0.0, 1 / 30)
    )
    assert [one.category for one in sparse] == [EMAIL]
    assert bulky == []


def test_one_full_request_of_many_values_is_not_proof() -> None:
    """Where each request holds twenty-five, two requests' worth in one is a matter of chance."""
    stage, rng = baseline(), np.random.default_rng(5)
    for day in range(DAYS):
        for number in range(0, 540, 4):
            window = at(8, day=day) + timedelta(minutes=number)
            each = 25 * (1 + (rng.random() < 0.02))
            both = [
                part(window, each, category=EMAIL, events=1),
                part(window, 0, category=ANY_CATEGORY, events=1),
            ]
            run(stage, both, window + timedelta(minutes=1))
    full = [part(NOW, 50, category=EMAIL, events=1)]
    assert run(stage, full, NOW + timedelta(minutes=1)) == []


def test_who_sends_in_bulk_from_now_on_does_not_alarm_for_ever() -> None:
    stage = stage_of()
    told = [bool(_bulk(stage, hour)) for hour in range(12)]
    assert told[0]
    assert not any(told[-4:])


def test_bulk_that_is_expected_is_not_told_again() -> None:
    stage = stage_of()
    assert _bulk(stage, 0)
    stage.answer(verdict("expected", NOW + timedelta(hours=1)))
    assert not any(_bulk(stage, hour) for hour in range(1, 4))


def test_a_true_positive_takes_back_how_full_requests_were() -> None:
    stage = stage_of()
    row = stage.rows.index[KEY]
    before = fill_of(stage.rows, np.array([row]))[0]
    assert _bulk(stage, 0)
    run(stage, [], NOW + timedelta(hours=2))
    assert fill_of(stage.rows, np.array([row]))[0] > 2 * before
    stage.answer(verdict("true-positive", NOW + timedelta(hours=2)))
    assert fill_of(stage.rows, np.array([row]))[0] == pytest.approx(before)


def verdict(said: Verdict, moment: datetime) -> Feedback:
    return msgspec.structs.replace(verdict_of(said, moment=moment), since=at(0, day=DAYS))


def _bulk(stage: Baseline, hour: int) -> list[Finding]:
    """An hour of the usual requests, the last of which holds a hundred values."""
    start, rng = NOW + timedelta(hours=hour), np.random.default_rng(hour)
    usual = [one for one in hours(start, 1, rng, 0.0) if one.window < start + timedelta(minutes=50)]
    window = start + timedelta(minutes=55)
    full = [part(window, 100, category=EMAIL, events=1), part(window, 0, category="*", events=1)]
    found = run(stage, [*usual, *full], start + timedelta(minutes=59))
    return [one for one in found if "so many requests" in one.message]


def test_the_calibration_hears_of_calm_rows_only() -> None:
    stage, calibration = stage_of(), Calibration()
    row = stage.rows.index[KEY]
    stage.rows.running.of["top_fuller"][row] = 9.0
    now = stage.rows.of["came"][row] // 60
    stage.rows.of["hot"][row] = now
    teach(stage.rows, calibration, int(now))
    assert calibration.tail("fuller").new_peaks == 0
    stage.rows.of["hot"][row] = 0
    teach(stage.rows, calibration, int(now))
    assert calibration.tail("fuller").new_peaks == 1


def test_absurd_numbers_leave_numbers_behind() -> None:
    """Values in no request at all, as many as a sum holds, and the key goes on."""
    stage = stage_of()
    for number in range(5):
        window = NOW + timedelta(minutes=number)
        absurd = part(window, 1, category=EMAIL, events=0)
        absurd = msgspec.structs.replace(absurd, values=2**62)
        run(stage, [absurd], window + timedelta(minutes=1))
    run(stage, hours(NOW, 2, np.random.default_rng(8), 0.0), NOW + timedelta(hours=2))
    row = stage.rows.index[KEY]
    for table in (stage.rows, stage.rows.running):
        assert all(np.isfinite(of[row]).all() for name, of in table.of.items() if name != "days")


def test_expected_lets_requests_be_as_full() -> None:
    stage, later = stage_of(), NOW + timedelta(hours=1)
    assert after(stage, 60, rate=1, each=8)
    stage.answer(verdict("expected", later))
    rng = np.random.default_rng(12)
    sums = [
        one
        for number in range(60)
        for one in minute(later + timedelta(minutes=number), rng, 1, each=8)
    ]
    assert run(stage, sums, later + timedelta(hours=1)) == []


def test_of_a_true_positive_the_hour_under_way_teaches_nothing_either() -> None:
    stage = stage_of()
    row = np.array([stage.rows.index[KEY]])
    before = fill_of(stage.rows, row)[0]
    assert after(stage, 20, rate=1, each=12)
    stage.answer(verdict("true-positive", NOW + timedelta(minutes=20)))
    run(stage, [], NOW + timedelta(hours=2))
    assert fill_of(stage.rows, row)[0] == pytest.approx(before, rel=0.1)


def exports(since: datetime, hours: int, rng: np.random.Generator) -> list[PartialSum]:
    """Three requests in every fourth minute; the largest of them have most of all values."""
    sums: list[PartialSum] = []
    for number in range(0, 60 * hours, 4):
        values = int(np.sum(1 + 4 * rng.pareto(1.5, 3)))
        window = since + timedelta(minutes=number)
        sums += [
            part(window, count, category=category, events=3)
            for category, count in ((EMAIL, values), (ANY_CATEGORY, 0))
        ]
    return sums


def test_where_tails_are_heavy_what_came_before_is_no_news() -> None:
    stage, rng = baseline(), np.random.default_rng(5)
    for day in range(12):
        run(stage, exports(at(8, day=day), 9, rng), at(0, day=day + 1))
    told = {
        one.window
        for day in range(12, 20)
        for one in run(stage, exports(at(8, day=day), 9, rng), at(0, day=day + 1))
        if one.rule == "volume-high"
    }
    assert len(told) <= 2  # 1,641 values in ten minutes after 798 in one, and 2,247 after 972
    most = float(stage.rows.of["bulk"][stage.rows.index[KEY]])

    larger = part(at(10, day=20), int(5 * most), category=EMAIL, events=3)
    assert [one.rule for one in run(stage, [larger], at(10, 1, day=20))] == ["volume-high"]
