"""Brokers that speak Kafka's protocol: librdkafka's own test cluster, in this process.

It has topics, headers, watermarks and idempotent producers. What it has not, such as transactions
of other producers, timestamps and authorisation, is for the tests against a real Kafka.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from confluent_kafka import Consumer, Producer, TopicPartition


@contextmanager
def brokers() -> Generator[str]:
    """The addresses of the brokers while the block runs."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "", "log_level": 0})
    found = owner.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in found)
    owner.flush(1)


def create(servers: str, topic: str) -> None:
    """The topic, without a record that anybody waits for: the cluster makes it when it is used."""
    done = threading.Event()
    producer = Producer({"bootstrap.servers": servers, "log_level": 0})
    producer.produce(
        topic, b"", headers=[("of", b"somebody else")], on_delivery=lambda *_: done.set()
    )
    producer.flush(10)
    assert done.is_set()


def records(servers: str, topic: str) -> list[tuple[str, bytes, dict[str, bytes], int]]:
    """(key, value, headers, partition) of all records but those without a key."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "log_level": 0})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = {
            p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)
            for p in partitions
        }
        consumer.assign([TopicPartition(topic, p, low) for p, (low, _) in ends.items()])
        found: list[tuple[str, bytes, dict[str, bytes], int]] = []
        for _ in range(sum(high - low for low, high in ends.values())):
            record = consumer.poll(10)
            assert record is not None
            assert record.error() is None
            if record.key():
                headers = dict(record.headers() or [])
                key, value = record.key().decode(), record.value() or b""
                found.append((key, value, headers, record.partition() or 0))
        return found
    finally:
        consumer.close()
