"""Incidents in logs of real events, and forecasts of hours: what the public benches stand on."""

from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from tests.support.fleet.happenings import Course, Effect
from tests.support.fleet.vendors import Share
from tests.support.public.archives import table
from tests.support.public.fleets import _of_log, _scale
from tests.support.public.forecasts import FIRST_FIT, FORECASTS, judged, seasonal
from tests.support.public.happened import befallen
from tests.support.public.logs import Log
from tests.support.public.rates import WEEK, by_minutes

DAY = 1440


@pytest.fixture
def log() -> Log:
    """Twenty days of two streams: a request every ten minutes, one in four with category `b`."""
    minute = np.repeat(np.arange(0, 20 * DAY, 10), 2)
    row = np.arange(len(minute))
    ones = np.ones_like(row)
    plain = Log(
        (("v", "s"), ("v", "t")), ("a", "b"), minute, row, row % 2, 0 * row, ones, row % 97, ones
    )
    second = plain.only(row % 8 < 2)
    return plain.joined(replace(second, category=np.ones_like(second.minute)))


def _after(log: Log, *effects: Effect) -> tuple[Log, Log]:
    """What is left of the first stream, and of the second, within the fifteenth day."""
    course = _of_log(log, 0, _scale(20, 10))
    assert course
    course.effects += effects
    after = befallen(log, 0, course, np.random.default_rng(1)).between(14 * DAY, 15 * DAY)
    return after.only(after.stream == 0), after.only(after.stream == 1)


def _requests(log: Log) -> int:
    return len(np.unique(log.request))


def _whole_day(**what: object) -> Effect:
    return Effect(14 * DAY, 15 * DAY, **what)


@pytest.mark.parametrize(("factor", "requests"), [(0.0, 0), (1.0, 144), (3.0, 432)])
def test_a_factor_multiplies_the_requests_of_its_stream_alone(log, factor, requests) -> None:
    own, other = _after(log, _whole_day(factor=factor))

    assert (_requests(own), _requests(other)) == (requests, 144)


def test_extra_requests_come_within_the_effect(log) -> None:
    own, _ = _after(log, Effect(14 * DAY + 60, 14 * DAY + 120, extra=2.0))

    before, _ = _after(log)
    assert 80 < _requests(own) - _requests(before) < 160
    extra = own.only(own.minute % 10 != 0)
    assert extra.minute.min() >= 14 * DAY + 60
    assert extra.minute.max() < 14 * DAY + 120


def test_more_values_are_about_more_people_in_the_same_requests(log) -> None:
    own, _ = _after(log, _whole_day(category="b", values=5.0))

    part = own.only(own.category == 1)
    assert (_requests(part), int(part.values.sum())) == (36, 180)


def test_a_mix_shifts_from_one_category_to_the_other(log) -> None:
    effects = _whole_day(category="b", requests=3.0), _whole_day(category="a", requests=1 / 3)
    own, _ = _after(log, *effects)

    a, b = (_requests(own.only(own.category == number)) for number in (0, 1))
    assert 30 < a < 66
    assert 85 < b < 130


def test_an_added_category_comes_in_its_share_of_the_requests(log) -> None:
    share = Share("c", 0.5, 1.0, 1.0, ())
    own, _ = _after(log, _whole_day(added=share))

    number = own.categories.index("c")
    assert 50 < _requests(own.only(own.category == number)) < 95


def test_a_stream_of_a_log_expects_what_its_hours_had(log) -> None:
    course = _of_log(log, 1, _scale(20, 10))

    assert isinstance(course, Course)
    assert course.expected[DAY:-DAY] == pytest.approx(0.1)
    assert [round(share.requests, 2) for share in course.stream.shares] == [1.0, 0.25]


def test_minutes_keep_the_sum_of_a_straight_line_of_hours() -> None:
    hours = np.array([60.0, 120, 180, 240, 300])

    assert by_minutes(hours)[60:240].sum() == pytest.approx(hours[1:4].sum())


def test_tables_are_found_by_the_end_of_their_names(tmp_path: Path) -> None:
    first, second = tmp_path / "a.whl", tmp_path / "b.whl"
    for archive, name in ((first, "p/other.csv"), (second, "p/wanted.csv")):
        with ZipFile(archive, "w") as wheel:
            wheel.writestr(name, f"x,y\n1,{name}\n")

    assert list(table([first, second], "wanted.csv")) == [{"x": "1", "y": "p/wanted.csv"}]
    assert list(table([first], "wanted.csv")) == []


@pytest.mark.parametrize("name", [name for name in FORECASTS if name != "seasonal mean alone"])
def test_busy_days_are_forecast_better_by_how_they_ran(name: str) -> None:
    rng = np.random.default_rng(2)
    rhythm = 20 + 15 * np.sin(np.arange(6 * WEEK) / 24 * 2 * np.pi)
    busy = np.repeat(np.exp(rng.normal(0, 0.4, 6 * 7)), 24)
    counts = rng.poisson(rhythm * busy).astype(float)
    means = seasonal(counts, 0)

    better, plain = (
        judged(counts, f(counts, means))[0][FIRST_FIT:].mean()
        for f in (FORECASTS[name], FORECASTS["seasonal mean alone"])
    )

    assert better > plain + 0.1
