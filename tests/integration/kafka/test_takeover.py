"""Taking partitions over: state behind another producer's open transaction, and members that were
put out of their group."""

from contextlib import closing
from threading import Timer

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from monitor.kafka.client import producer_config
from monitor.kafka.settings import KafkaSettings
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.reading import read_batch
from tests.integration.kafka.conftest import clients
from tests.support.kafka_space import KafkaSpace, eventually


def producer(kafka: KafkaSettings, name: str) -> Producer:
    made = Producer(producer_config(kafka, name))
    made.init_transactions(30)
    made.begin_transaction()
    return made


def test_state_behind_an_open_transaction_is_restored(space: KafkaSpace) -> None:
    """What was committed after a dead worker's transaction began is there; what the dead one wrote
    is not. Restoring waits until the transaction has ended."""
    space.prepare()
    settings, changelog = space.configuration.settings, space.topics.baseline_changelog
    assert settings.kafka is not None
    dead, alive = producer(settings.kafka, "dead"), producer(settings.kafka, "alive")
    dead.produce(changelog.name, b"uncommitted", b"hidden", partition=1)
    assert dead.flush(30) == 0
    alive.produce(changelog.name, b"one", b"key", partition=1)
    alive.produce(changelog.name, None, b"gone", partition=1)
    alive.commit_transaction(30)

    ending = Timer(1.0, lambda: dead.abort_transaction(30))
    ending.start()
    found = list(clients(space).changelogs().restore(changelog, [0, 1]))
    ending.join()
    assert [(one.partition, one.key, one.value) for one in found] == [
        (1, "key", b"one"),
        (1, "gone", None),
    ]


def from_the_beginning(member: Consumer, partitions: list[TopicPartition]) -> None:
    member.assign([TopicPartition(one.topic, one.partition, 0) for one in partitions])


def test_a_member_that_was_put_out_ends_also_where_its_partitions_moved(space: KafkaSpace) -> None:
    """Its client says so once, in the call in which it loses its partitions."""
    space.prepare()
    settings = space.configuration.settings.worker
    older, newer = (clients(space).member("scan") for _ in range(2))

    def read(member: Consumer) -> list[Taken]:
        return read_batch(member, settings, {}, lambda: True)

    with closing(older), closing(newer):
        older.subscribe([space.egress], on_assign=from_the_beginning)
        eventually("the older is a member", lambda: read(older) or older.assignment())
        newer.subscribe([space.egress], on_assign=from_the_beginning)
        with pytest.raises(WorkerError, match="reading: "):
            eventually("the older ends", lambda: read(newer) or read(older))
