"""Records that are too large: to be fetched at once, to be an event, to be written."""

from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from monitor.runners.errors import WorkerError
from tests.integration.kafka.conftest import finish
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace
from tests.support.moments import MONDAY

MEGABYTE = 1_000_000


def sized(number: int, size: int = 0) -> bytes:
    """An event with somebody's data in it, and a note of some size."""
    moment = MONDAY + timedelta(minutes=number)
    body = {"contact": person(number), "note": "x" * size}
    return event(moment, host="api.hubapi.com", body=body, event={"id": f"e-{number}"})


def test_a_record_is_read_however_much_a_fetch_takes(space: KafkaSpace) -> None:
    """What is too large for an event is a dead letter; nothing blocks the partition."""
    space.prepare(
        extra={"fetch.message.max.bytes": 50_000, "fetch.max.bytes": 1_100_000},
        limits={space.egress: 16 * MEGABYTE},
    )
    sizes = (0, 3 * MEGABYTE, 12 * MEGABYTE, 0)
    space.produce((0, sized(number, size)) for number, size in enumerate(sizes))
    found = finish(space)
    assert [flow["event.id"] for flow in found["flows"]] == ["e-0", "e-1", "e-3"]
    (letter,) = found["dead-letters"]
    assert letter["error.code"] == "too-large"


def test_a_flow_too_large_for_its_topic_is_a_dead_letter_and_in_the_sums(space: KafkaSpace) -> None:
    space.prepare(worker={"records": 2}, limits={space.egress: 16 * MEGABYTE})
    many = [f"{number:04}" + "r" * 1000 for number in range(2_000)]
    line = msgspec.json.decode(sized(1))
    space.produce([(0, sized(0)), (0, msgspec.json.encode({**line, "user": {"roles": many}}))])
    space.produce([(0, sized(2))])
    found = finish(space)
    assert [flow["event.id"] for flow in found["flows"]] == ["e-0", "e-2"]
    assert [letter["error.code"] for letter in found["dead-letters"]] == ["flow-too-large"]
    events = [
        one["egresswatch.events"] for one in found["sums"] if one["egresswatch.category"] == "*"
    ]
    assert sum(events) == 3


def test_names_too_long_for_keys_are_dead_letters(space: KafkaSpace) -> None:
    space.prepare(limits={space.egress: 16 * MEGABYTE})
    line = msgspec.json.decode(sized(1))
    longer = {**line, "service": {"name": "s" * 2 * MEGABYTE}}
    space.produce([(0, sized(0)), (0, msgspec.json.encode(longer)), (0, sized(2))])
    found = finish(space)
    assert Counter(one["error.code"] for one in found["dead-letters"]) == {"name-too-long": 1}
    assert len(found["flows"]) == 2


@pytest.mark.parametrize("topic", ["flows", "findings", "baseline-changelog"])
def test_a_topic_that_takes_less_than_is_written_ends_the_worker_in_words(
    space: KafkaSpace, topic: str
) -> None:
    """At once, and with nothing of it committed: trying again would give the same."""
    name = space.prefix + topic
    space.prepare(limits={name: 100})
    space.produce([(0, sized(0))])
    with pytest.raises(WorkerError, match=rf"more than {name} takes: raise .*max\.message\.bytes"):
        space.run_until_it_gives_up()
    assert not space.records(name)


def test_a_record_over_the_client_s_own_limit_ends_the_worker_in_words(space: KafkaSpace) -> None:
    space.prepare(extra={"message.max.bytes": 1000})
    space.produce([(0, sized(0))])
    with pytest.raises(
        WorkerError, match=r"bytes is more than .* takes: raise message\.max\.bytes"
    ):
        space.run_until_it_gives_up()
