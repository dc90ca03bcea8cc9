"""What the command line writes: analysts' answers, and dead letters to be tried again."""

from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from detectors.records import Command, DeadLetter
from monitor.kafka.client import build, client_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import CALL_SECONDS, patiently
from monitor.runners.kafka.codec import partition_of, wire
from monitor.runners.kafka.revival import Revival, revival_wire

REPLAYED_HEADER = "egresswatch-replayed"
"""On a record that was a dead letter before: the letter's id."""
FLUSH_SECONDS = 30.0
READ_SECONDS = 10.0


class Replayed(NamedTuple):
    """How many records were written again, and how many are no longer in their topic."""

    written: int
    gone: int


def send_command(kafka: KafkaSettings, command: Command, subprocessor: str) -> None:
    """Writes an analyst's command where the alert's findings go; WorkerError if it did
    not arrive."""
    topic = topics_of(kafka.topics).commands
    record = wire(command)
    home = partition_of(subprocessor, topic.partitions)
    with _Writer(kafka) as writer:
        writer.write(topic.name, home, record.key, record.value, [])


def send_to_all(kafka: KafkaSettings, command: Command) -> None:
    """Writes a command that concerns every sub-processor: once to each partition; WorkerError if it
    did not arrive. Giving it again does no harm."""
    topic = topics_of(kafka.topics).commands
    record = wire(command)
    with _Writer(kafka) as writer:
        for number in range(topic.partitions):
            writer.write(topic.name, number, record.key, record.value, [])


def send_revival(kafka: KafkaSettings, revival: Revival) -> None:
    """Tells every deliver worker that a sink works again; WorkerError if it did not arrive
    everywhere: then say it once more."""
    topic, record = topics_of(kafka.topics).commands, revival_wire(revival)
    with _Writer(kafka) as writer:
        for partition in range(topic.partitions):
            writer.write(topic.name, partition, record.key, record.value, [])


def replay(kafka: KafkaSettings, letters: Iterable[DeadLetter]) -> Replayed:
    """Reads the records that dead letters refer to, and writes them to the ends of their
    partitions, marked. A letter of anything but an input topic is left alone."""
    inputs = {one.topic for one in kafka.topics.inputs}
    written = gone = 0
    reader = build(Consumer, _reading(kafka))
    try:
        with _Writer(kafka) as writer:
            for letter in letters:
                topic, _, number = letter.partition.rpartition("/")
                if topic not in inputs:
                    continue
                found = _record_at(reader, TopicPartition(topic, int(number), letter.offset))
                if found is None:
                    gone += 1
                    continue
                headers = [one for one in found.headers() or [] if one[0] != REPLAYED_HEADER]
                mark = (REPLAYED_HEADER, letter.id.encode())
                writer.write(topic, int(number), found.key(), found.value(), [*headers, mark])
                written += 1
    finally:
        reader.close()
    return Replayed(written, gone)


def _reading(kafka: KafkaSettings) -> dict[str, str | int | float | bool]:
    return {
        **client_config(kafka),
        "group.id": f"{kafka.topics.prefix}replay",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
    }


def _record_at(reader: Consumer, place: TopicPartition) -> Message | None:
    """The record at an offset; None where the topic no longer has it."""
    low, high = patiently(lambda: reader.get_watermark_offsets(place, CALL_SECONDS), "reading")
    if not low <= place.offset < high:
        return None
    reader.assign([place])
    for message in reader.consume(1, READ_SECONDS):
        error = message.error()
        if error is None and message.offset() == place.offset:
            return message
    return None


class _Writer:
    """Writes records one by one; leaving it waits until all have arrived."""

    def __init__(self, kafka: KafkaSettings) -> None:
        config = {**client_config(kafka), "enable.idempotence": True}
        self._producer = build(Producer, {**config, "allow.auto.create.topics": False})
        self._failed: KafkaError | None = None

    def __enter__(self) -> "_Writer":
        return self

    def write(
        self, topic: str, partition: int, key: object, value: object, headers: list[object]
    ) -> None:
        self._producer.produce(
            topic,
            partition=partition,
            key=key,  # pyright: ignore[reportArgumentType] - as it was read
            value=value,  # pyright: ignore[reportArgumentType]
            headers=headers or None,  # pyright: ignore[reportArgumentType]
            on_delivery=self._delivered,
        )
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        self._failed = error or self._failed

    def __exit__(self, kind: object, *_: object) -> None:
        left = self._producer.flush(FLUSH_SECONDS)
        if kind is None and (left or self._failed):
            why = self._failed.name() if self._failed else "the brokers do not answer"
            raise WorkerError(f"not everything was written: {why}; try again")
