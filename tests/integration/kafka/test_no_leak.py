"""The product must not become a leak over Kafka either: planted values are in no topic but those
of the input, in no log, in no answer."""

import signal
import urllib.request
from contextlib import closing

from confluent_kafka import Consumer, KafkaError, TopicPartition

from deploy.dev.ports import free_ports
from tests.acceptance.test_no_leak import leaks, lines, planted
from tests.support.kafka_space import KafkaSpace, eventually

INTERNAL = ("__consumer_offsets", "__transaction_state")
STAGES = ("scan", "baseline", "alert", "deliver", "index")


def test_planted_values_are_in_no_topic_and_no_log(space: KafkaSpace) -> None:
    values = planted()[:50]  # ten of each kind
    port = free_ports(1)[0]
    space.prepare(
        worker={"dead_letter_ratio": 1}, telemetry={"port": port, "log": "json"}, keyed=1, stream=1
    )
    space.produce((0, line) for line in lines(values))
    worker = space.start_worker(0, *STAGES)
    try:
        eventually("the index is made", (space.folder / "data" / "egresswatch.db").exists)
        eventually("every stage has read everything", space.drained)
        eventually("the index has everything", space.indexed)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = answer.read()
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    assert worker.returncode == 0
    topics = {one.name: written(space, one.name) for one in space.topics if one.ours}
    assert len(topics[space.topics.flows.name]) == 9 * len(values)
    assert len(topics[space.topics.dead_letters.name]) == len(values)
    places = {name: b"\n".join(records) for name, records in topics.items()}
    empty = {name for name, data in places.items() if not data}
    assert empty == {space.topics.commands.name}
    places |= {name: b"\n".join(written(space, name)) for name in INTERNAL}
    files = [*(space.folder / "data").iterdir(), *space.folder.glob("*.log")]
    places |= {file.name: file.read_bytes() for file in [*files, space.folder / "alerts.ndjson"]}
    listed = space.run("dead-letters", "list", "--limit", "500")
    places |= {"metrics": metrics, "said": (listed.stdout + listed.stderr).encode()}
    assert leaks(values, places) == []


def written(space: KafkaSpace, topic: str) -> list[bytes]:
    """Every byte of every record, those of aborted transactions too: values, keys, headers."""
    found: list[bytes] = []
    config = {"bootstrap.servers": space.address, "group.id": f"{space.prefix}look"}
    more = {"enable.partition.eof": True, "isolation.level": "read_uncommitted"}
    with closing(Consumer({**config, **more, "enable.auto.commit": False})) as consumer:
        waiting = set(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, number, 0) for number in waiting])
        while waiting:
            for message in consumer.consume(1000, 1.0):
                error = message.error()
                if error is None:
                    names = b"".join(
                        name.encode() + value for name, value in message.headers() or ()
                    )
                    found.append((message.value() or b"") + (message.key() or b"") + names)
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard(message.partition())
    return found
