"""Feeds that sum categories alone: services are judged as a whole all the same."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from detectors.anomaly.rows import Key
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

PHONE = "user.contact.phone"
WHOLE: Key = ("egress", "hubspot", "crm", ANY_CATEGORY)


def categories(days: int) -> Iterator[PartialSum]:
    """Twenty requests an hour with an e-mail address, half of them with a number too."""
    for minute in range(0, days * 24 * 60, 6):
        window = at(0) + timedelta(minutes=minute)
        yield part(window, 2)
        yield part(window, 1, category=PHONE)


def test_a_silence_and_a_new_host_are_told_of_the_service() -> None:
    stage = baseline()
    assert run(stage, list(categories(9)), at(0, day=9)) == []
    elsewhere = msgspec.structs.replace(part(at(0, day=9), 2), destinations=("elsewhere.test",))
    other = part(at(0, day=9), 2, subprocessor="stripe")

    found = run(stage, [elsewhere, other], at(1, day=9))
    assert [(one.rule, one.category) for one in found] == [("new-destination", "")]
    feed = [part(at(hour, day=9), 2, subprocessor="stripe") for hour in range(1, 9)]
    found = run(stage, feed, at(9, day=9))
    assert {(one.rule, one.subprocessor, one.category) for one in found} == {
        ("volume-low", "hubspot", "")
    }


def test_as_many_requests_are_taken_as_the_fullest_category_has() -> None:
    stage = baseline()
    run(stage, [part(at(1), 4), part(at(1), 3, category=PHONE)], at(1, 1))
    assert stage.rows.running.of["count"][stage.rows.index[WHOLE]] == 4


def test_a_feed_that_sums_all_requests_is_taken_at_its_word() -> None:
    stage = baseline()
    run(stage, [part(at(1), 4), part(at(1), 9, category=ANY_CATEGORY)], at(1, 1))
    assert stage.rows.running.of["count"][stage.rows.index[WHOLE]] == 9


def test_no_key_makes_room_for_it() -> None:
    stage = baseline(max_keys=2)
    run(stage, [part(at(1), 4), part(at(1), 3, category=PHONE)], at(1, 1))
    assert {key[3] for key in stage.rows.index} == {EMAIL, PHONE}
    assert stage.progress.refused_keys == stage.progress.evicted_keys == 0
