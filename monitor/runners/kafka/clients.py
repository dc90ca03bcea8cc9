"""The clients of one stage, set up as its transactions need them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from monitor.kafka.client import Config, build, client_config, consumer_config, producer_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import Topics
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import CALL_SECONDS, Changelogs, Place, patiently
from monitor.runners.kafka.bounded import within
from monitor.runners.kafka.settings import WorkerSettings
from monitor.telemetry.client_log import Logger


@dataclass(frozen=True, slots=True)
class Clients:
    """Makes clients for one slot. They tell `logger` what ails their connections."""

    kafka: KafkaSettings
    worker: WorkerSettings
    slot: int
    logger: Logger

    def member(self, stage: str) -> Consumer:
        """A member of the stage's group. It prefetches one transaction's worth at most."""
        session = int(self.worker.session_seconds * 1000)
        return build(
            partial(Consumer, logger=self.logger),
            {
                **consumer_config(self.kafka, stage, f"{stage}-{self.slot}"),
                **self._bounds(),
                # partition n of several topics goes to the same worker
                "partition.assignment.strategy": "range",
                "session.timeout.ms": session,
                "heartbeat.interval.ms": session // 5,
                "enable.partition.eof": True,
            },
        )

    def producer(self, stage: str) -> Producer:
        return build(
            partial(Producer, logger=self.logger),
            {
                **producer_config(self.kafka, f"{stage}-{self.slot}"),
                "delivery.report.only.error": True,
                "queue.buffering.max.kbytes": max(2 * self._kilobytes(), 1024),
                # the transaction before this one is often still being marked as committed: at
                # librdkafka's 100 ms, waiting for that is four fifths of a small transaction
                "retry.backoff.ms": 10,
            },
        )

    def plain_producer(self) -> Producer:
        """Without transactions: for what may be written twice."""
        return build(
            partial(Producer, logger=self.logger),
            {**client_config(self.kafka), "enable.idempotence": True},
        )

    def changelogs(self) -> Changelogs:
        return Changelogs(self.reader)

    def reader(self, more: Config | None = None) -> Consumer:
        """A consumer that is in no group; it is told what to read."""
        return build(
            partial(Consumer, logger=self.logger),
            {
                **client_config(self.kafka),
                "client.id": f"reader-{self.slot}",
                "group.id": f"{self.kafka.topics.prefix}reader",
                "enable.auto.commit": False,
                "allow.auto.create.topics": False,
                "isolation.level": "read_committed",
                **self._bounds(),
                **(more or {}),
            },
        )

    def sources(self, topics: Topics) -> list[str]:
        """The source partitions there are, by the names that their marks have."""
        counts = self._partition_counts()
        return [
            f"{one.name}/{number}" for one in topics.inputs for number in range(counts[one.name])
        ]

    def check(self, topics: Topics) -> None:
        """WorkerError where a topic is missing, or has other partitions than state relies on."""
        counts = self._partition_counts()
        for topic in topics:
            there = counts.get(topic.name)
            if there is None:
                raise WorkerError(f"topic {topic.name} is missing: run `egresswatch topics apply`")
            if topic in topics.inputs:
                continue
            if there < topic.partitions or (topic.keyed and there != topic.partitions):
                raise WorkerError(
                    f"topic {topic.name} has {there} partitions, the configuration says "
                    f"{topic.partitions}: run `egresswatch topics plan`"
                )

    def _partition_counts(self) -> dict[str, int]:
        consumer = self.reader()
        try:
            found = patiently(lambda: consumer.list_topics(timeout=CALL_SECONDS), "reading topics")
        finally:
            consumer.close()
        return {name: len(one.partitions) for name, one in found.topics.items()}

    def _bounds(self) -> Config:
        return {"queued.max.messages.kbytes": self._kilobytes()}

    def _kilobytes(self) -> int:
        return max(1, self.worker.size // 1024)


CLOSE_SECONDS = 20.0


def close(consumer: Consumer) -> None:
    """Leaves the group. A client whose broker is gone, or that was put out, may never come back
    from that: it is left behind, and the group notices by its silence."""
    with suppress(TimeoutError):
        within(CLOSE_SECONDS, consumer.close)


def at_end(consumer: Consumer, ends: dict[Place, int], place: Place) -> bool:
    """Whether a partition has no record that was not read, by the broker's word of this moment."""
    if place not in ends:
        return False
    try:
        _, high = consumer.get_watermark_offsets(TopicPartition(*place), 1.0)
    except KafkaException:
        return False
    return ends[place] >= high


def lags(consumer: Consumer, ends: Mapping[Place, int]) -> dict[Place, int]:
    """How many records of each partition are not read yet, as far as the client knows without
    asking a broker. A transaction's marks count as records while they lie ahead."""
    left: dict[Place, int] = {}
    for at in consumer.position(consumer.assignment()):
        place = at.topic, at.partition
        reached = max(at.offset, ends.get(place, at.offset))
        with suppress(KafkaException):  # it does not know yet
            _, end = consumer.get_watermark_offsets(at, cached=True)
            if end >= 0 and reached >= 0:
                left[place] = max(end - reached, 0)
    return left
