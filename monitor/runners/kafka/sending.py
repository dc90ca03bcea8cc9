"""What the command line writes: analysts' answers; and the way in which it writes."""

from confluent_kafka import KafkaError, Message, Producer

from detectors.records import Command
from monitor.kafka.client import build, client_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.codec import partition_of, wire
from monitor.runners.kafka.revival import Revival, revival_wire

FLUSH_SECONDS = 30.0


def send_command(kafka: KafkaSettings, command: Command, subprocessor: str) -> None:
    """Writes an analyst's command where the alert's findings go; WorkerError if it did
    not arrive."""
    topic = topics_of(kafka.topics).commands
    record = wire(command)
    home = partition_of(subprocessor, topic.partitions)
    with Writer(kafka) as writer:
        writer.write(topic.name, home, record.key, record.value, [])


def send_to_all(kafka: KafkaSettings, command: Command) -> None:
    """Writes a command that concerns every sub-processor: once to each partition; WorkerError if it
    did not arrive. Giving it again does no harm."""
    topic = topics_of(kafka.topics).commands
    record = wire(command)
    with Writer(kafka) as writer:
        for number in range(topic.partitions):
            writer.write(topic.name, number, record.key, record.value, [])


def send_revival(kafka: KafkaSettings, revival: Revival) -> None:
    """Tells every deliver worker that a sink works again; WorkerError if it did not arrive
    everywhere: then say it once more."""
    topic, record = topics_of(kafka.topics).commands, revival_wire(revival)
    with Writer(kafka) as writer:
        for partition in range(topic.partitions):
            writer.write(topic.name, partition, record.key, record.value, [])


class Writer:
    """Writes records one by one; leaving it waits until all have arrived."""

    def __init__(self, kafka: KafkaSettings) -> None:
        config = {**client_config(kafka), "enable.idempotence": True}
        self._producer = build(Producer, {**config, "allow.auto.create.topics": False})
        self._failed: KafkaError | None = None

    def __enter__(self) -> "Writer":
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
