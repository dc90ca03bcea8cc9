"""What vanishes while requests go on: told once, in words, and not where it comes in some hours."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from math import exp

import msgspec
import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.alarm import Alarm
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.rows import Rows
from detectors.anomaly.shares import Due, likelier_fallen
from detectors.anomaly.siblings import leading
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

DAYS = 12
NAME, RARE = "user.name", "user.contact.phone_number"
SHARES = {EMAIL: 0.6, NAME: 0.5, RARE: 0.015}
Share = Callable[[int, str], float]
"""By hour since Monday and category."""


def usual(_: int, category: str) -> float:
    return SHARES[category]


def hours(
    first: int, count: int, share: Share = usual, requests: float = 60.0
) -> Iterator[PartialSum]:
    rng = np.random.default_rng(first)
    for hour in range(first, first + count):
        window = MONDAY + timedelta(hours=hour, minutes=20)
        many = int(rng.poisson(requests))
        for category in SHARES:
            if held := int(rng.binomial(many, share(hour, category))):
                yield part(window, held, category=category)
        yield part(window, many, category=ANY_CATEGORY)
        yield part(window, 40, service="shop", category=ANY_CATEGORY)


@cache
def _learnt() -> list[tuple[str, bytes]]:
    stage = baseline()
    assert run(stage, list(hours(0, DAYS * 24)), at(0, day=DAYS)) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


@pytest.fixture
def stage() -> Baseline:
    stage = baseline()
    restore(stage, _learnt())
    return stage


def later(
    stage: Baseline, after: int, count: int, shares: Mapping[str, float], requests: float = 60.0
) -> list[Finding]:
    """Some hours, so many after what was learnt."""
    first = DAYS * 24 + after
    sums = hours(first, count, lambda _, category: (SHARES | shares)[category], requests)
    return run(stage, list(sums), MONDAY + timedelta(hours=first + count))


def expected(found: Finding) -> Feedback:
    return Feedback(
        at=found.detected,
        alert="1",
        rule=found.rule,
        verdict="expected",
        subprocessor=found.subprocessor,
        services=(found.service,),
        categories=(found.category,),
        since=found.timestamp,
        until=found.last,
    )


@pytest.mark.parametrize("share", [0.1, 0.0])
def test_a_category_that_shrinks_is_told_once_in_words(stage: Baseline, share: float) -> None:
    (found,) = later(stage, 9, 30, {EMAIL: share})
    assert (found.rule, found.category) == ("mix-shift", EMAIL)
    assert found.detected <= at(9, day=DAYS) + timedelta(hours=5)
    assert found.evidence.observed is not None
    assert found.evidence.observed < 0.3
    assert "share of requests fell to 0." in found.message
    assert ", usual 0.6" in found.message or ", usual 0.5" in found.message


def test_what_is_over_is_not_told_anew_nor_is_its_return(stage: Baseline) -> None:
    assert len(later(stage, 9, 20, {EMAIL: 0.0})) == 1
    assert later(stage, 29, 40, {}) == []
    assert len(later(stage, 69, 8, {EMAIL: 0.0})) == 1


def test_a_rise_is_not_told_of_hours_after_it(stage: Baseline) -> None:
    """Its sum is still high then, and so is the mean of the latest hours."""
    (found,) = later(stage, 9, 12, {NAME: 0.98})
    assert (found.rule, found.category) == ("mix-shift", NAME)
    stage.rows.of["ratio_top"][:] = np.maximum(stage.rows.of["ratio_top"], 0)  # as if never told
    assert later(stage, 21, 30, {}) == []


def test_another_that_goes_days_later_is_another_finding(stage: Baseline) -> None:
    """What has been told and lasts speaks for what goes with it, not for all that ever follows."""
    first = later(stage, 0, 72, {NAME: 0.0})
    second = later(stage, 72, 24, {NAME: 0.0, EMAIL: 0.0})
    assert [one.category for one in first] == [NAME]
    assert [one.category for one in second] == [EMAIL]


def test_categories_that_go_together_are_one_finding(stage: Baseline) -> None:
    found = later(stage, 9, 30, {EMAIL: 0.05, NAME: 0.05})
    assert [one.rule for one in found] == ["mix-shift"]


def test_growth_speaks_for_what_shrinks_beside_it_and_no_fall_for_growth() -> None:
    rows = Rows()
    keys = [("egress", "hubspot", "crm", name) for name in (EMAIL, NAME, RARE)]
    less, more, rare = (
        told(rows.add(key), *numbers)
        for key, numbers in zip(keys, [(0.02, 40), (0.9, 20), (0.4, 20)], strict=True)
    )
    assert leading(rows, [less, more], {}) == [more]
    assert leading(rows, [less, told(rare.row, 0.03, 50)], {}) == [told(rare.row, 0.03, 50)]
    assert leading(rows, [less], {int(rows.group["service"][less.row]): 2.0}) == []
    assert leading(rows, [rare], {0: 0.3}) == [rare]


def told(row: int, observed: float, likelihood: float) -> Alarm:
    """Where half of all is usual."""
    return Alarm(
        row=row,
        rule="mix-shift",
        detector="mix",
        metric="share of requests",
        minutes=60,
        observed=observed,
        expected=0.5,
        low=0.4,
        high=0.6,
        visits=100,
        surprise=likelihood,
        likelihood=likelihood,
        bar=12.0,
    )


@pytest.mark.parametrize("verdict", ["expected", None])
def test_what_is_expected_of_one_is_of_all_that_went_with_it(
    stage: Baseline, verdict: str | None
) -> None:
    (found,) = later(stage, 9, 6, {EMAIL: 0.05, NAME: 0.05})
    if verdict is not None:
        stage.answer(expected(found))
    assert later(stage, 15, 60, {EMAIL: 0.05, NAME: 0.05}) == []


def test_what_comes_back_after_it_was_expected_to_be_gone_is_learnt_anew(stage: Baseline) -> None:
    (found,) = later(stage, 9, 6, {EMAIL: 0.0})
    stage.answer(expected(found))
    row = stage.rows.index["egress", "hubspot", "crm", EMAIL]
    assert later(stage, 15, 24, {EMAIL: 0.0}) == []
    later(stage, 39, 24, {})
    assert exp(stage.rows.of["ratio"][row, 0]) == pytest.approx(0.6, abs=0.1)


def test_a_drop_of_all_requests_says_it_for_its_categories(stage: Baseline) -> None:
    found = later(stage, 9, 12, {EMAIL: 0.0}, requests=4.0)
    assert {one.rule for one in found} == {"volume-low"}


def held(first: int, count: int, values: int, size: int) -> Iterator[PartialSum]:
    """Requests that hold so many addresses on average, and so many bytes."""
    rng = np.random.default_rng(first)
    for hour in range(first, first + count):
        window, many = MONDAY + timedelta(hours=hour, minutes=20), int(rng.poisson(60))
        addresses = many + int(rng.poisson((values - 1) * many))
        yield msgspec.structs.replace(part(window, many), values=addresses, subjects=b"")
        yield msgspec.structs.replace(part(window, many, category=ANY_CATEGORY), size=size * many)
        yield part(window, 40, service="shop", category=ANY_CATEGORY)


@pytest.mark.parametrize(
    ("values", "size", "metric"),
    [(1, 700, "values per request"), (6, 100, "bytes per request"), (6, 700, "")],
)
def test_fewer_values_and_bytes_in_a_request_are_told(values: int, size: int, metric: str) -> None:
    stage = baseline()
    assert run(stage, list(held(0, 96, 6, 700)), at(0, day=4)) == []
    found = run(stage, list(held(96, 24, values, size)), at(0, day=5))
    told = [(one.rule, one.evidence.metric) for one in found if " fell to " in one.message]
    assert told == ([("mix-shift", metric)] if metric else [])


def test_hours_that_never_had_it_and_work_that_moves_by_one_are_no_fall() -> None:
    def by_day(hour: int, category: str) -> float:
        begins = 9 if hour < 14 * 24 else 10
        return SHARES[category] * (category != EMAIL or begins <= hour % 24 < begins + 8)

    stage = baseline()
    assert run(stage, list(hours(0, 20 * 24, by_day)), at(0, day=20)) == []


def test_what_comes_and_goes_for_days_does_not_fall() -> None:
    rng, there = np.random.default_rng(4), list[bool]()
    while len(there) < 30 * 24:
        there += [not (there and there[-1])] * int(rng.integers(8, 40))

    def share(hour: int, category: str) -> float:
        return SHARES[category] * (category != EMAIL or there[hour])

    stage = baseline()
    run(stage, list(hours(0, 20 * 24, share)), at(0, day=20))
    assert run(stage, list(hours(20 * 24, 10 * 24, share)), at(0, day=30)) == []


def test_a_fall_that_is_expected_of_what_has_its_hours_is_not_told_on_the_next_day() -> None:
    def share(hour: int, category: str) -> float:
        by_night = category == EMAIL and not 8 <= hour % 24 < 18
        return SHARES[category] * (0.2 if by_night else 1) * (0.1 if fallen(hour, category) else 1)

    def fallen(hour: int, category: str) -> bool:
        return category == EMAIL and hour >= 16 * 24 + 9

    stage = baseline()
    assert run(stage, list(hours(0, 16 * 24, share)), at(0, day=16)) == []
    (found,) = run(stage, list(hours(16 * 24, 16, share)), at(16, day=16))
    assert " fell to " in found.message
    stage.answer(expected(found))
    assert run(stage, list(hours(16 * 24 + 16, 56, share)), at(0, day=19)) == []


def test_how_much_likelier_a_fall_is_by_the_negative_binomial() -> None:
    seen, mean, spread, share = np.array([0.0, 2.0, 12.0]), 12.0, 0.06, 0.5
    told = likelier_fallen(seen, Due(*(np.full(3, one) for one in (mean, share, 0.0, spread))))
    size, less = 1 / spread, mean / 3
    for one, likelier in zip(seen, told, strict=True):
        ratio = (less / (less + size)) ** one * (size / (less + size)) ** size
        ratio /= (mean / (mean + size)) ** one * (size / (mean + size)) ** size
        assert likelier == pytest.approx(np.log(ratio))
