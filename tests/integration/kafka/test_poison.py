"""Records that cannot be processed: they become dead letters, and the stream goes on; unless they
are most of it."""

from collections import Counter
from datetime import timedelta

import pytest

from monitor.runners.errors import WorkerError
from tests.integration.kafka.conftest import finish
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace
from tests.support.moments import MONDAY


def good(number: int) -> bytes:
    moment = MONDAY + timedelta(minutes=number)
    return event(moment, body={"contact": person(number)}, event={"id": f"good-{number}"})


def reasons(space: KafkaSpace) -> Counter[str]:
    return Counter(letter["error.code"] for letter in finish(space)["dead-letters"])


def test_every_kind_of_poison_is_a_dead_letter_and_the_stream_goes_on(space: KafkaSpace) -> None:
    space.prepare(
        worker={"max_record_bytes": 500_000},
        inputs=[{"topic": space.egress}],
    )
    space.produce([(0, good(0)), (0, None), (0, b""), (0, b"\xff\xfe\x00"), (0, good(1))])
    space.produce([(0, good(2))], headers={"egresswatch-format": "no-such-format"})
    space.produce([(0, good(3)[:-1] + b',"pad":"' + b"x" * 600_000 + b'"}'), (0, good(4))])
    found = finish(space)
    assert [flow["event.id"] for flow in found["flows"]] == ["good-0", "good-1", "good-4"]
    assert Counter(letter["error.code"] for letter in found["dead-letters"]) == {
        "empty-record": 1,
        "malformed-json": 2,
        "unknown-format": 1,
        "too-large": 1,
    }


def test_the_header_decides_the_format_before_the_topic_s(space: KafkaSpace) -> None:
    line = b'{"ts": 1772445600, "method": "GET", "url": "https://api.stripe.com/v1"}'
    space.prepare(inputs=[{"topic": space.egress, "format": "traffic"}])
    space.produce([(0, line)])
    space.produce([(0, good(1))], headers={"egresswatch-format": "ecs"})
    found = finish(space)
    assert len(found["flows"]) == 2
    assert not found["dead-letters"]


def test_a_burst_of_dead_letters_within_the_limit_passes(space: KafkaSpace) -> None:
    space.prepare(worker={"dead_letter_window": 100, "dead_letter_ratio": 0.5, "records": 30})
    space.produce((0, good(number)) for number in range(100))
    space.produce((0, b"{broken") for _ in range(50))
    space.produce((0, good(number)) for number in range(100, 150))
    found = finish(space)
    assert len(found["flows"]) == 150
    assert len(found["dead-letters"]) == 50


def test_more_dead_letters_than_the_limit_stop_the_scan_and_stay_in_the_topic(
    space: KafkaSpace,
) -> None:
    space.prepare(worker={"dead_letter_window": 100, "dead_letter_ratio": 0.5, "records": 1000})
    space.produce([*((0, good(number)) for number in range(20)), *[(0, b"{broken")] * 200])
    with pytest.raises(WorkerError, match=r"of the last 100 records .* malformed-json"):
        space.run_until_it_gives_up()
    assert space.committed("scan", space.egress) == 0
    assert not space.records(space.topics.dead_letters.name)
    assert not space.records(space.topics.flows.name)


def test_restarts_do_not_let_a_burst_of_dead_letters_through_bit_by_bit(space: KafkaSpace) -> None:
    space.prepare(worker={"dead_letter_window": 100, "dead_letter_ratio": 0.5, "records": 30})
    space.produce([*((0, good(number)) for number in range(20)), *[(0, b"{broken")] * 300])
    reached: list[int] = []
    for _ in range(3):
        with pytest.raises(WorkerError, match="of the last 100 records"):
            space.run_until_it_gives_up()
        reached.append(space.committed("scan", space.egress))
    assert reached[0] == reached[1] == reached[2] < 120
    assert len(space.records(space.topics.dead_letters.name)) == reached[0] - 20


def test_a_long_batch_with_few_dead_letters_passes(space: KafkaSpace) -> None:
    space.prepare(worker={"dead_letter_window": 100, "dead_letter_ratio": 0.5, "records": 1000})
    space.produce((0, good(n) if n % 4 else b"{broken") for n in range(480))
    found = finish(space)
    assert (len(found["flows"]), len(found["dead-letters"])) == (360, 120)
