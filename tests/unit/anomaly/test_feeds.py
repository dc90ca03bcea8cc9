"""Whether a channel is heard: what a feed that was away did not bring is held against nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from detectors.anomaly.counterpart.feeds import Feeds
from detectors.records import PartialSum
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_counterpart import found
from tests.unit.anomaly.test_trace_join import carried

CRM, SHOP = ("hubspot", "crm"), ("stripe", "shop")


def heard(*minutes: tuple[datetime, tuple[str, str]]) -> Feeds:
    feeds = Feeds()
    for minute, (subprocessor, service) in minutes:
        one = PartialSum(
            window=minute,
            channel="egress",
            subprocessor=subprocessor,
            service=service,
            category="*",
        )
        feeds.take(minute, [one])
    return feeds


def test_somebody_else_must_have_been_heard_since() -> None:
    feeds = heard((at(9), SHOP), (at(9, 30), CRM), (at(9, 50), CRM))
    assert feeds.are_heard("egress", CRM, at(9))
    assert not feeds.are_heard("egress", CRM, at(9, 1))
    assert feeds.are_heard("egress", SHOP, at(9, 50))
    assert heard((at(9), CRM)).are_heard("egress", CRM, at(10)), "nobody else ever was"
    assert not feeds.are_heard("access", CRM, at(9)), "it is not fed at all"


def test_a_silence_of_all_that_is_far_longer_than_usual_is_a_feed_that_was_away() -> None:
    busy = [(at(9, n), SHOP if n % 2 else CRM) for n in range(30)]
    feeds = heard(*busy, (at(10, 15), SHOP))
    assert feeds.were_away("egress", at(10), at(10, 20))
    assert feeds.were_away("egress", at(9), at(10, 20))
    assert not feeds.were_away("egress", at(10, 16), at(10, 20))
    assert feeds.were_away("egress", at(10, 16), at(10, 40)), "and it is away again"


def test_where_hours_between_events_are_usual_they_are_no_silence() -> None:
    rare = [(MONDAY + timedelta(hours=4 * n), SHOP if n % 2 else CRM) for n in range(30)]
    feeds = heard(*rare)
    last = rare[-1][0]
    assert not feeds.were_away("egress", last, last + timedelta(hours=5))


def two_vendors(hours: range) -> Iterator[PartialSum]:
    for hour in hours:
        for minute in range(0, 60, 5):
            window = MONDAY + timedelta(hours=hour, minutes=minute)
            for vendor in ("hubspot", "stripe"):
                for channel in ("access", "egress"):
                    one = carried(window, channel, range(20 * minute, 20 * minute + 20))
                    yield msgspec.structs.replace(one, subprocessor=vendor, service=f"to-{vendor}")


@pytest.mark.parametrize("away", ["access", "egress"])
def test_while_one_feed_is_away_and_just_after_it_nobody_is_alone(away: str) -> None:
    gone = (at(12, day=4), at(13, day=4))
    sums = [
        one
        for one in two_vendors(range(5 * 24))
        if one.channel != away or not gone[0] <= one.window < gone[1]
    ]
    assert not found(sums, at(0, day=5))
