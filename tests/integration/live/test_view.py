"""The live view over a real broker."""

from detectors.records import PartialSum
from detectors.windows import minute_of
from monitor.clock import SystemClock
from tests.support.index_records import partial_sum
from tests.support.kafka_space import eventually
from tests.support.live_space import LiveSpace


def part(events: int, *, category: str = "*", subprocessor: str = "stripe") -> PartialSum:
    now = minute_of(SystemClock().now())
    return partial_sum(window=now, events=events, category=category, subprocessor=subprocessor)


def test_what_was_committed_counts_once_and_what_was_aborted_does_not(space: LiveSpace) -> None:
    sums = space.topics.sums
    space.write_records(sums, [part(3), part(2, category="user.contact.email")])
    space.write_records(sums, [part(1000)], commit=False)
    with space.live() as live:
        eventually("what was there before is counted", lambda: live.events() == {"stripe": 3})
        space.write_records(sums, [part(1000)], commit=False)
        space.write_records(sums, [part(4), part(7, subprocessor="hubspot")])
        eventually("it goes on", lambda: live.events() == {"stripe": 7, "hubspot": 7})
        assert live.end() == 0
