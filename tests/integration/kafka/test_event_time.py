"""Event time over partitions of which some say nothing."""

from datetime import timedelta

import msgspec

from tests.support.events import event
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.moments import MONDAY


def learnt(space: KafkaSpace) -> bool:
    """Whether the baseline has learnt an hour: it has counted it."""
    changelog = space.records(space.topics.baseline_changelog.name)
    fleets = [record.value() or b"" for record in changelog if record.key() == b'["fleet"]']
    return any(sum(msgspec.msgpack.decode(one)["calendar"]["visits"][0]) for one in fleets)


def hours(*numbers: int) -> list[tuple[int, bytes | None]]:
    return [(0, event(MONDAY + timedelta(hours=number))) for number in numbers]


def test_a_partition_without_records_holds_time_until_it_is_idle(space: KafkaSpace) -> None:
    space.prepare(batch={"idle_seconds": 3600})
    space.produce(hours(9, 11))
    with space.running():
        eventually("all is read", space.drained)
    assert not learnt(space)

    settings = space.config.read_bytes().replace(b"3600", b"0.5")
    space.config.write_bytes(settings)
    with space.running():
        eventually("the hour is learnt", lambda: learnt(space))
