"""The view of the last hour."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from detectors.distinct import sketch
from monitor.live.settings import LiveSettings
from monitor.live.view import LiveView, SubprocessorView
from tests.support.index_records import alert, finding, partial_sum
from tests.support.moments import at

NOW = at(12, 30, 20)
EMAIL = "user.contact.email"


@pytest.fixture
def view() -> LiveView:
    return LiveView(LiveSettings(max_entries=4, max_alerts=2))


def add(view: LiveView, window: datetime, now: datetime = NOW, **changes: Any) -> None:
    view.add_sum(partial_sum(window=window, **({"category": "*"} | changes)), now)


def only(view: LiveView, now: datetime = NOW) -> SubprocessorView:
    (one,) = view.look(now).subprocessors
    return one


def test_events_are_in_their_minutes_and_people_are_merged(view: LiveView) -> None:
    add(view, at(12, 30), events=3, size=10, destinations=("b",), registered=True)
    add(view, at(12, 30), events=2, size=10, service="other", destinations=("a",), late=True)
    add(view, at(11, 31), events=1, size=10)
    add(view, at(12, 29), category=EMAIL, events=4, values=5, subjects=sketch([1, 2]))
    add(view, at(12, 29), category=EMAIL, events=1, values=1, subjects=sketch([2, 3]))
    one = only(view)
    assert (one.events, one.bytes, one.registered, one.destinations) == (6, 30, True, ("a", "b"))
    assert one.minutes == (1, *[0] * 58, 5)
    (category,) = one.categories
    assert (category.category, category.events, category.values) == (EMAIL, 5, 6)
    assert (category.people_low, category.people, category.people_high) == (3, 3, 4)


def test_an_hour_later_it_is_gone(view: LiveView) -> None:
    add(view, at(12, 30))
    assert only(view, NOW + timedelta(minutes=59)).minutes[0] == 1
    assert view.look(NOW + timedelta(minutes=60)).subprocessors == ()


def test_what_is_older_than_an_hour_is_not_taken(view: LiveView) -> None:
    add(view, at(11, 30))
    assert view.look(NOW).subprocessors == ()


def test_a_minute_ahead_of_the_clock_counts_with_the_one_under_way(view: LiveView) -> None:
    add(view, at(12, 33), events=7)
    assert only(view).minutes[-1] == 7


def test_memory_is_bounded_and_what_had_no_room_is_counted(view: LiveView) -> None:
    for number in range(6):
        add(view, at(12, 30), subprocessor=f"vendor-{number}")
    add(view, at(12, 30), subprocessor="vendor-0", events=9)
    hour = view.look(NOW)
    assert [one.events for one in hour.subprocessors] == [10, 1, 1, 1]
    assert hour.left_out == 2
    later = NOW + timedelta(hours=1)
    assert view.look(later).left_out == 0
    add(view, at(13, 30), now=later)
    assert only(view, later).events == 1


def test_a_finding_counts_once_whatever_is_added_to_it(view: LiveView) -> None:
    view.add_finding(finding(1, last=at(12, 28)), NOW)
    view.add_finding(finding(1, last=at(12, 29)), NOW)
    view.add_finding(finding(2, last=at(12, 29), rule="silence"), NOW)
    assert only(view).findings == {"category-not-allowed": 1, "silence": 1}


def test_the_newest_alerts_as_they_are_now(view: LiveView) -> None:
    view.put_alert(alert(1), at(12, 10))
    view.put_alert(alert(2), at(12, 12))
    view.put_alert(alert(1, status="closed", version=2), at(12, 20))
    view.put_alert(alert(3), at(12, 15))
    alerts = view.look(NOW).alerts
    assert [(one.id, one.status) for one in alerts] == [
        (alert(1).id, "closed"),
        (alert(3).id, "open"),
    ]
    assert [one.id for one in view.look(at(13, 18)).alerts] == [alert(1).id]


def test_the_busiest_comes_first(view: LiveView) -> None:
    add(view, at(12, 30), subprocessor="quiet", events=1)
    add(view, at(12, 30), subprocessor="busy", events=9)
    assert [one.subprocessor for one in view.look(NOW).subprocessors] == ["busy", "quiet"]
