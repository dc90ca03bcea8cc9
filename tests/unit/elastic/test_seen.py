"""Which indices may hold a first or a last record: also where days lie within months."""

from datetime import UTC, datetime

from alerts.index.elastic.layout import EVER, Home
from alerts.index.elastic.seen import outermost


def home(*since_and_until: tuple[int, int]) -> Home:
    since, until = (datetime(2026, month, day, tzinfo=UTC) for month, day in since_and_until)
    return Home("flows", 2, since, until)


HOMES = {
    "january": home((1, 1), (2, 1)),
    "5 January": home((1, 5), (1, 6)),
    "6 January": home((1, 6), (1, 7)),
    "7 January": home((1, 7), (1, 8)),
    "february": home((2, 1), (3, 1)),
    "somebody's": EVER,
}


def test_of_days_the_first_and_the_last() -> None:
    assert outermost(HOMES, [["6 January", "7 January", "5 January"]]) == {"5 January", "7 January"}
    assert outermost(HOMES, [["6 January"]]) == {"6 January"}


def test_each_value_has_its_own() -> None:
    places = [["5 January", "6 January"], ["6 January", "7 January", "february"]]
    assert outermost(HOMES, places) == {"5 January", "6 January", "february"}


def test_a_month_and_its_days_may_each_hold_the_first() -> None:
    names = ["january", "5 January", "6 January", "february"]
    assert outermost(HOMES, [names]) == {"january", "5 January", "february"}


def test_an_index_whose_name_says_nothing_is_always_read() -> None:
    names = ["5 January", "6 January", "7 January", "somebody's"]
    assert outermost(HOMES, [names]) == {"5 January", "7 January", "somebody's"}
