"""The services of the tests are what they claim to be."""

from pathlib import Path

import httpx
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.kafka_space import eventually
from tests.support.services.broker import Broker, running_broker
from tests.support.services.containers import KAFKA_IMAGES, image_at_hand


def make_topic(address: str, name: str) -> None:
    client = AdminClient({"bootstrap.servers": address})
    client.create_topics([NewTopic(name, 1, 1)])[name].result(30)


def count(address: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": address, "group.id": topic})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
        return high - low
    finally:
        consumer.close()


def test_the_shared_broker_takes_and_commits_a_transaction(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}probe"
    make_topic(kafka, topic)
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": topic})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"one")
    producer.commit_transaction(30)
    # the broker answers a commit first, and then writes its mark: a moment later there are two
    eventually("the record and its mark are there", lambda: count(kafka, topic) == 2)


def test_a_killed_broker_comes_back_with_its_data(broker: Broker, topic_prefix: str) -> None:
    topic, address = f"{topic_prefix}probe", broker.address
    make_topic(address, topic)
    producer = Producer({"bootstrap.servers": address})
    producer.produce(topic, b"one")
    assert producer.flush(30) == 0
    broker.kill()
    assert not broker.alive
    broker.start()
    assert broker.address == address
    assert count(address, topic) == 1


def test_a_paused_broker_lives_and_answers_nothing(broker: Broker) -> None:
    client = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
    client.list_topics(timeout=30)
    with broker.paused():
        assert broker.alive
        assert not broker.answers()
        with pytest.raises(KafkaException):
            client.list_topics(timeout=0.5)
    assert client.list_topics(timeout=30).brokers


def test_elasticsearch_stores_and_finds(elasticsearch: str, topic_prefix: str) -> None:
    index = topic_prefix.rstrip(".")
    with httpx.Client(base_url=elasticsearch, timeout=30, trust_env=False) as client:
        assert client.get("/").json()["version"]["number"].startswith("9.")
        client.put(f"/{index}/_doc/1?refresh=true", json={"n": 1}).raise_for_status()
        assert client.get(f"/{index}/_count").json()["count"] == 1


def test_nothing_of_a_broker_is_left(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), running_broker(tmp_path) as one:
        _ = 1 / 0
    assert not one.alive


def test_where_no_docker_engine_listens_there_is_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert image_at_hand(KAFKA_IMAGES) is None
