"""The services as fixtures; tests/conftest.py makes them known everywhere.

A service that nobody can start fails the tests that want it: none is skipped for want of one.
"""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from deploy.dev.elasticsearch import LocalElasticsearch
from deploy.dev.ports import free_ports
from monitor.kafka.settings import KafkaSettings
from tests.support.services.broker import Broker, running_broker
from tests.support.services.reaper import reaped

KAFKA_ADDRESS = "EGRESSWATCH_TEST_KAFKA"
ELASTICSEARCH_ADDRESS = "EGRESSWATCH_TEST_ELASTICSEARCH"


_QUICK_RESTART = {"broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"}
"""A broker that was killed is let in again once its old session has ended: by default in 9 s."""


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker that all tests share: use names of your own (`topic_prefix`)."""
    from tests.support.services.containers import KAFKA_IMAGES, image_at_hand, kafka_container

    if given := os.environ.get(KAFKA_ADDRESS):
        yield given
    elif image := image_at_hand(KAFKA_IMAGES):
        with kafka_container(image) as address:
            yield address
    else:
        with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker.address


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for this test alone, to be killed, restarted or paused."""
    with running_broker(tmp_path_factory.mktemp("broker"), extra=_QUICK_RESTART) as one:
        yield one


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test has, nor an earlier run against the same broker."""
    return f"test-{uuid4().hex[:10]}."


@pytest.fixture
def kafka_settings(topic_prefix: str, kafka: str) -> KafkaSettings:
    """Settings for the shared broker with topics of this test's own."""
    return settings_for(kafka, topic_prefix)


def settings_for(address: str, prefix: str, **topics: object) -> KafkaSettings:
    """Settings for a test broker; inputs are called after the prefix, so that no two meet."""
    inputs = [f"in-{prefix}egress", f"in-{prefix}access-log"]
    return KafkaSettings.model_validate(
        {
            "bootstrap": address,
            "topics": {
                "prefix": prefix,
                "inputs": [{"topic": name} for name in inputs],
                "replication": 1,
                "partitions": {"stream": 2, "keyed": 2},
                **topics,
            },
        }
    )


@pytest.fixture(scope="session")
def elasticsearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a node that all tests share: use index names of your own."""
    if given := os.environ.get(ELASTICSEARCH_ADDRESS):
        yield given
        return
    node = LocalElasticsearch(tmp_path_factory.mktemp("elasticsearch"), free_ports(1)[0])
    try:
        node.start()
        pid = node.process.pid
        assert pid is not None
        with reaped(pid):
            yield node.address
    finally:
        if node.process.alive:
            node.process.kill()
