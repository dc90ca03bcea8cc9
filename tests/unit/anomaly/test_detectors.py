"""The detectors that look at more than a count: leaks, ratios, new names, bounds."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import numpy as np

from detectors.anomaly import Baseline
from detectors.distinct import sketch
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run


def hours(days: int, growth: float = 1.0, since: int = 0, until: int = 999) -> Iterator[PartialSum]:
    """About 40 requests every second hour, each with an address; growing between two days."""
    rng = np.random.default_rng(3)
    for number in range(0, days * 24, 2):
        window = MONDAY + timedelta(hours=number, minutes=7)
        many = int(rng.poisson(40 * growth ** max(min(number // 24, until) - since, 0)))
        yield part(window, many)
        yield part(window, many, category=ANY_CATEGORY)


def rules(stage: Baseline, sums: list[PartialSum], days: int) -> set[str]:
    return {one.rule for one in run(stage, sums, at(0, day=days))}


def test_a_leak_of_some_per_cent_a_day_is_found_and_steady_traffic_is_none() -> None:
    assert "slow-leak" in rules(baseline(), list(hours(24, growth=1.05, since=12)), 24)
    assert rules(baseline(), list(hours(24)), 24) == set()


def test_what_grows_at_once_is_no_slow_leak() -> None:
    """A release that adds a third for good, and not a bit more each day."""
    sums = list(hours(26, growth=1.35, since=13, until=14))
    assert "slow-leak" not in rules(baseline(min_count=10_000), sums, 26)
    assert "slow-leak" in rules(baseline(), list(hours(26, growth=1.05, since=13, until=20)), 26)


def test_more_people_with_the_requests_of_always_are_a_leak_that_volume_does_not_hide() -> None:
    """Volume that doubles and halves from day to day hides nothing of what is in a request."""
    rng = np.random.default_rng(8)
    sums: list[PartialSum] = []
    for day in range(24):
        many = int(40 * rng.lognormal(0, 0.5))
        people = int(many * 1.035 ** max(day - 12, 0))
        for hour in range(0, 24, 3):
            window = at(hour, 7, day=day)
            values = part(window, people)
            sums += [msgspec.structs.replace(values, events=many)]
            sums += [part(window, many, category=ANY_CATEGORY)]
    found = run(baseline(min_count=10_000), sums, at(0, day=24))
    assert ("slow-leak", EMAIL) in {(one.rule, one.category) for one in found}


def test_more_values_of_the_same_people_are_a_leak_too() -> None:
    """Each of 30 people comes in every hour: there cannot be more of them."""
    rng = np.random.default_rng(8)
    sums: list[PartialSum] = []
    for day in range(24):
        for hour in range(0, 24, 3):
            many = int(200 * rng.lognormal(0, 0.3))
            values = part(at(hour, 7, day=day), int(many * 1.035 ** max(day - 14, 0)))
            sums += [msgspec.structs.replace(values, events=many, subjects=sketch(range(30)))]
            sums += [part(at(hour, 7, day=day), many, category=ANY_CATEGORY)]
    found = run(baseline(min_count=10_000), sums, at(0, day=24))
    leaks = [one for one in found if one.rule == "slow-leak"]
    assert {one.category for one in leaks} == {EMAIL}
    assert "values a request" in leaks[0].message


def test_requests_that_carry_more_than_before_are_a_shift_of_their_mix() -> None:
    usual = [msgspec.structs.replace(one, events=40) for one in hours(9)]
    more = [
        msgspec.structs.replace(one, values=one.values * 3, subjects=sketch(range(120)))
        if one.category == EMAIL and one.window >= at(0, day=8)
        else one
        for one in usual
    ]
    assert "mix-shift" in rules(baseline(min_count=10_000), more, 9)
    assert rules(baseline(min_count=10_000), usual, 9) == set()


def test_a_host_never_seen_is_new_and_the_tenth_in_a_row_is_not() -> None:
    stage = baseline()
    run(stage, list(hours(5)), at(0, day=5))
    told = 0
    for number in range(10):
        window = at(number, 3, day=5)
        new = msgspec.structs.replace(
            part(window, 1, category=ANY_CATEGORY), destinations=(f"h{number}.hubspot.com",)
        )
        found = run(stage, [new], window + timedelta(minutes=1))
        told += sum(one.rule == "new-destination" for one in found)
    assert 1 <= told <= 4


def test_a_field_that_comes_once_is_not_new() -> None:
    stage = baseline()
    run(stage, list(hours(9)), at(0, day=9))
    found: list[str] = []
    for minute in (1, 2, 3):
        odd = msgspec.structs.replace(part(at(1, minute, day=9), 1), fields=("body>json:$.debug",))
        found += [one.rule for one in run(stage, [odd], at(1, minute + 1, day=9))]
    assert found == ["new-field"]


def test_an_explosion_of_names_is_told_and_washes_out_itself_alone() -> None:
    stage = baseline(max_keys=1000)
    run(stage, list(hours(3)), at(0, day=3))
    found = []
    for minute in range(40):
        window = at(0, minute, day=3)
        names = [f"job-{minute}-{number}" for number in range(150)]
        sums = [part(window, 1, service=name, category=ANY_CATEGORY) for name in names]
        found += run(stage, sums, window + timedelta(minutes=1))
    found += run(stage, [], at(2, day=3))
    assert "key-explosion" in {one.rule for one in found}
    assert len(stage.rows.index) <= 1000
    assert ("egress", "hubspot", "crm", EMAIL) in stage.rows.index
    assert stage.progress.refused_keys + stage.progress.evicted_keys > 4000


def test_negative_numbers_are_refused_and_counted() -> None:
    stage = baseline()
    bad = [
        msgspec.structs.replace(part(at(1), 5), **{name: -1})
        for name in ("events", "values", "size")
    ]
    assert run(stage, bad, at(2)) == []
    assert (stage.progress.refused_sums, len(stage.rows.index)) == (3, 0)


def test_a_week_without_any_data_is_no_silence_and_teaches_nothing() -> None:
    stage = baseline()
    run(stage, list(hours(14)), at(0, day=14))
    later = [
        msgspec.structs.replace(one, window=one.window + timedelta(days=21)) for one in hours(2)
    ]
    assert run(stage, later, at(0, day=23)) == []
