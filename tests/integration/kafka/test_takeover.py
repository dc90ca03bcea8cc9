"""Restoring state where another producer's transaction is still open in the changelog."""

from logging import getLogger
from threading import Timer

from confluent_kafka import Producer

from monitor.kafka.client import producer_config
from monitor.kafka.settings import KafkaSettings
from monitor.runners.kafka.clients import Clients
from tests.support.kafka_space import KafkaSpace


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
    clients = Clients(settings.kafka, settings.worker, 0, getLogger("tests"))
    found = list(clients.changelogs().restore(changelog, [0, 1]))
    ending.join()
    assert [(one.partition, one.key, one.value) for one in found] == [
        (1, "key", b"one"),
        (1, "gone", None),
    ]
