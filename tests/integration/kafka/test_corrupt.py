"""A batch that is damaged in the broker's log."""

from datetime import timedelta
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from monitor.runners.errors import WorkerError
from tests.integration.kafka.conftest import finish
from tests.support.events import event
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.moments import MONDAY
from tests.support.services.broker import running_broker


def batch(number: int) -> list[tuple[int, bytes | None]]:
    """Two events that are written in one batch."""
    return [
        (0, event(MONDAY + timedelta(minutes=number), event={"id": f"e-{number}-{part}"}))
        for part in range(2)
    ]


def damage(data: Path, topic: str, text: bytes) -> None:
    """Changes a record on the broker's disk, which need not be at rest for it."""
    (log,) = (data / f"{topic}-0").glob("*.log")
    stored = log.read_bytes()
    assert stored.count(text) == 1
    with log.open("r+b") as file:
        file.seek(stored.index(text))
        file.write(text.upper())


def set_offset(space: KafkaSpace, offset: int) -> None:
    """What kafka-consumer-groups.sh --reset-offsets does, once the group has no member."""
    place = ConsumerGroupTopicPartitions(
        f"{space.prefix}scan", [TopicPartition(space.egress, 0, offset)]
    )
    admin = AdminClient({"bootstrap.servers": space.address})

    def is_set() -> bool:
        (answer,) = admin.alter_consumer_group_offsets([place]).values()
        try:
            return all(one.error is None for one in answer.result().topic_partitions)
        except KafkaException:
            return False

    eventually("the offset is set", is_set)


def test_damage_stops_the_scan_with_its_place_and_the_remedy_works(
    tmp_path: Path, topic_prefix: str
) -> None:
    """What comes before it is taken, and what comes behind waits."""
    with running_broker(tmp_path / "broker") as broker:
        space = KafkaSpace(tmp_path / "space", broker.address, topic_prefix)
        space.prepare(stream=1, worker={"session_seconds": 6})
        for number in range(3):
            space.produce(batch(number))
        damage(tmp_path / "broker" / "data", space.egress, b"e-1-0")
        with pytest.raises(WorkerError, match=rf"{space.egress}/0: .* at offset 2 is damaged"):
            space.run_until_it_gives_up()
        set_offset(space, 4)
        flows = [flow["event.id"] for flow in finish(space)["flows"]]
    assert flows == ["e-0-0", "e-0-1", "e-2-0", "e-2-1"]
