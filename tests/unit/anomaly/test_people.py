"""Distinct people of a day, and leaks of other people in place of the same ones."""

from collections.abc import Iterator
from functools import cache

import msgspec
import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.distinct import estimate_small, merge_small, sketch
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

KEY = ("egress", "hubspot", "crm", EMAIL)
PER_HOUR, USUAL = 40, 150
BEGUN = 15


def of_day(day: int, people: int, hours: range = range(24)) -> Iterator[PartialSum]:
    """As many requests as on any day, about some of so many people."""
    rng = np.random.default_rng(day)
    for hour in range(24):
        drawn = sketch(rng.choice(people, PER_HOUR, replace=False).tolist())
        if hour in hours:
            window = at(hour, 7, day=day)
            yield msgspec.structs.replace(part(window, PER_HOUR), subjects=drawn)
            yield part(window, PER_HOUR, category=ANY_CATEGORY)


@cache
def _told(growth: float) -> list[Finding]:
    stage, found = baseline(), list[Finding]()
    for day in range(BEGUN + 10):
        people = round(USUAL * growth ** max(day - BEGUN + 1, 0))
        found += run(stage, list(of_day(day, people)), at(0, day=day + 1))
    return found


def test_other_people_in_place_of_the_same_ones_are_a_leak() -> None:
    first, *_ = _told(1.03)
    requests = {"subjects": 1, "subjects per request": 24 * PER_HOUR}[first.evidence.metric]
    assert first.rule == "slow-leak"
    assert (first.evidence.observed or 0) * requests == pytest.approx(USUAL * 1.03**10, rel=0.2)
    assert (first.evidence.expected or 0) * requests == pytest.approx(USUAL, rel=0.2)
    assert "distinct user.contact.email" in first.message


def test_the_same_people_are_none() -> None:
    assert _told(1.0) == []


def _people(stage: Baseline) -> int:
    return int(stage.rows.of["days_people"][stage.rows.index[KEY]].max())


def test_a_restart_forgets_nobody_of_the_day() -> None:
    stage, again = baseline(), baseline()
    stored = dict[str, bytes | None]()
    run(stage, list(of_day(0, USUAL, range(12))), at(12))
    stored |= dict(dump_changes(stage))
    run(stage, list(of_day(0, USUAL, range(12, 18))), at(18))
    stored |= dict(dump_changes(stage))
    restore(again, [(key, value) for key, value in stored.items() if value is not None])
    for one in (stage, again):
        run(one, list(of_day(0, USUAL, range(18, 24))), at(0, day=1))
        run(one, list(of_day(1, USUAL, range(1))), at(1, day=1))
    assert _people(stage) == _people(again) > 18 * np.log(USUAL / 2)


def test_the_order_of_hours_changes_nothing() -> None:
    hours = [sketch(range(start, start + size)) for start, size in ((0, 5), (3, 300), (90, 4000))]
    small = b""
    for one in hours:
        small = merge_small(small, one)
    backwards = b""
    for one in reversed(hours):
        backwards = merge_small(backwards, one)
    assert small == backwards
    assert estimate_small(small) == pytest.approx(4090, rel=0.3)
    assert len(small) <= 70


def test_nobody_is_nobody() -> None:
    assert merge_small(b"", b"") == b""
    assert estimate_small(b"") == 0


def test_requests_that_hold_thousands_may_come_to_hold_more() -> None:
    """So many values to a request as a bulk export has; people and requests are as ever."""
    stage, found = baseline(), list[Finding]()
    people = sketch(range(USUAL))
    for day in range(BEGUN + 10):
        values = round(80_000 * 1.05 ** max(day - BEGUN + 1, 0))
        for hour in range(0, 24, 3):
            whole = part(at(hour, 7, day=day), PER_HOUR, category=ANY_CATEGORY)
            held = msgspec.structs.replace(
                whole, category=EMAIL, values=values, subjects=people, destinations=()
            )
            found += run(stage, [held, whole], at(hour, 8, day=day))
    assert "values per request" in {one.evidence.metric for one in found if one.rule == "slow-leak"}
