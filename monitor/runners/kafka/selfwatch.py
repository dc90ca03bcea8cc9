"""Watching itself over Kafka: findings and commands go by the topics, and an input is silent where
its topic does not grow, whoever reads it."""

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from detectors.records import Command, Finding
from detectors.rules import OURSELVES, RuleId
from monitor.kafka.client import build, client_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import Topic, topics_of
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.codec import Wire, partition_of, wire
from monitor.telemetry.metrics import Metrics

WORKERS_OWN: frozenset[RuleId] = frozenset(
    {"lag-growing", "dead-letters-many", "coverage-low", "deliveries-dead", "index-unavailable"}
)
"""What each worker knows of its own share only; whether topics grow all of them know."""
CALL_SECONDS = 10.0
"""How long brokers have to answer; the next look asks again."""


class KafkaWay:
    """Writes to the topics of findings and of commands, where the alert stage reads. What is
    written twice means the same as once."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._topics = topics_of(kafka.topics)
        config = {**client_config(kafka), "enable.idempotence": True}
        self._producer = build(
            Producer, {**config, "allow.auto.create.topics": False, "log_level": 0}
        )
        self._failed: KafkaError | None = None

    def tell(self, findings: Sequence[Finding], commands: Sequence[Command]) -> None:
        """WorkerError where not all of it has arrived."""
        self._failed = None
        for command in commands:
            self._write(self._topics.commands, wire(command))
        for finding in findings:
            self._write(self._topics.findings, wire(finding))
        left = self._producer.flush(CALL_SECONDS) if findings or commands else 0
        if left or self._failed is not None:
            raise WorkerError("what there is to say about the program itself was not written")

    def _write(self, topic: Topic, record: Wire) -> None:
        self._producer.produce(
            topic.name,
            partition=partition_of(OURSELVES, topic.partitions),
            key=record.key,
            value=record.value,
            on_delivery=self._delivered,
        )

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        self._failed = error or self._failed


class InputWatch:
    """Sees whether the input topics grow, and tells the metrics."""

    def __init__(self, kafka: KafkaSettings, metrics: Metrics) -> None:
        config = {**client_config(kafka), "group.id": f"{kafka.topics.prefix}selfwatch"}
        self._consumer = build(Consumer, {**config, "enable.auto.commit": False, "log_level": 0})
        self._ends = {one.topic: -1 for one in kafka.topics.inputs}
        self._metrics = metrics
        metrics.expect(self._ends)

    def look(self) -> None:
        """Asks the brokers how far the topics go. KafkaException where they do not say."""
        for topic, before in self._ends.items():
            end = sum(self._end(place) for place in self._places(topic))
            if 0 <= before < end:
                self._metrics.brought([topic])
            self._ends[topic] = end

    def close(self) -> None:
        self._consumer.close()

    def _places(self, topic: str) -> list[TopicPartition]:
        found = self._consumer.list_topics(topic, CALL_SECONDS).topics[topic]
        return [TopicPartition(topic, number) for number in found.partitions]

    def _end(self, place: TopicPartition) -> int:
        _, end = self._consumer.get_watermark_offsets(place, CALL_SECONDS)
        return end
