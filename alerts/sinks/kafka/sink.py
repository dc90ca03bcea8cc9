"""Messages as records of a topic, and the end of the topic read back where there is a doubt."""

from functools import cached_property
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from alerts.messages import Message
from alerts.sinks.base import SinkError
from alerts.sinks.kafka.config import KafkaConfig
from alerts.sinks.ocsf import ocsf_body
from alerts.sinks.payload import body
from alerts.sinks.shared import BaseSink, Tools

HEADER = "egresswatch-delivery"
"""The header with the message's id."""

READ_BACK = 10_000
"""Records of each partition that are searched for a message in doubt."""

_REMEDY: dict[int, str] = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "create the topic, or correct its name",
    KafkaError._UNKNOWN_TOPIC: "create the topic, or correct its name",  # noqa: SLF001
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "allow this user to write to the topic and read it",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "allow this user idempotent writes",
    KafkaError._AUTHENTICATION: "check username, password and mechanism",  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED: "check username, password and mechanism",
    KafkaError.MSG_SIZE_TOO_LARGE: "raise the topic's max.message.bytes",
}
"""What no second attempt changes, with what does."""


class KafkaSink(BaseSink):
    """Guarantee: exactly once where the end of the topic can be read back (the last 10,000 records
    of each partition); else at least once, with a possible repeat marked. Records of one incident
    are in one partition, in order.
    """

    def __init__(self, config: KafkaConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config
        self._label = f"sink {config.name} (kafka topic {config.topic})"

    def send(self, message: Message) -> None:
        failures: list[KafkaError] = []

        def told(error: KafkaError | None, _: object) -> None:
            if error is not None:
                failures.append(error)

        try:
            self._producer.produce(
                self._config.topic,
                key=message.alert.id,
                value=self._body(message),
                headers=[(HEADER, message.id.encode())],
                on_delivery=told,
            )
            waiting = self._producer.flush(self._config.timeout + 1)
        except (KafkaException, BufferError) as error:
            raise self._failed(_error_of(error)) from None
        if failures:
            raise self._failed(failures[0])
        if waiting:
            raise SinkError(f"{self._label}: no answer in time; see timeout", recoverable=True)

    def arrived(self, message: Message) -> bool | None:
        try:
            return self._read_back(message.id.encode())
        except KafkaException as error:
            raise self._failed(_error_of(error)) from None

    def preview(self, message: Message) -> str:
        return self._body(message).decode()

    def check(self) -> str:
        consumer = self._consumer()  # a producer's question alone would create the topic
        try:
            self._partitions(consumer)
        except KafkaException as error:
            raise self._failed(_error_of(error)) from None
        finally:
            consumer.close()
        return "the brokers answer, and the topic is there"

    def close(self) -> None:
        self.__dict__.pop("_producer", None)

    @cached_property
    def _producer(self) -> Producer:
        return Producer(
            {
                **self._config.client(),
                "enable.idempotence": True,
                "message.timeout.ms": int(self._config.timeout * 1000),
                "linger.ms": 0,
            }
        )

    def _body(self, message: Message) -> bytes:
        if self._config.format == "ocsf":
            return ocsf_body(message, self.composer.content(message))
        return body(message)

    def _read_back(self, message_id: bytes) -> bool | None:
        """Whether the end of the topic has the message; None where there is more than is read."""
        consumer = self._consumer()
        try:
            starts, whole = self._starts(consumer)
            consumer.assign(starts)
            if _is_there(consumer, len(starts), message_id, self._config.timeout):
                return True
            return False if whole else None
        finally:
            consumer.close()

    def _consumer(self) -> Consumer:
        return Consumer(
            {
                **self._config.client(),
                "group.id": f"egresswatch-{uuid4()}",  # required, and never used
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # somebody's open transaction would hide what we have written after its begin
                "isolation.level": "read_uncommitted",
            }
        )

    def _starts(self, consumer: Consumer) -> tuple[list[TopicPartition], bool]:
        topic, timeout = self._config.topic, self._config.timeout
        starts: list[TopicPartition] = []
        whole = True
        for partition in self._partitions(consumer):
            where = TopicPartition(topic, partition)
            low, high = consumer.get_watermark_offsets(where, timeout=timeout)
            whole = whole and high - low <= READ_BACK
            starts.append(TopicPartition(topic, partition, max(low, high - READ_BACK)))
        return starts, whole

    def _partitions(self, client: Any) -> list[int]:
        topic = self._config.topic
        found = client.list_topics(topic, timeout=self._config.timeout).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return list(found.partitions)

    def _failed(self, error: KafkaError) -> SinkError:
        """librdkafka's names of errors hold nothing of ours; its texts may name hosts."""
        remedy = _REMEDY.get(error.code())
        problem = f"{self._label}: {error.name()}{f': {remedy}' if remedy else ''}"
        return SinkError(problem, recoverable=remedy is None, in_doubt=remedy is None)


def _is_there(consumer: Consumer, partitions: int, message_id: bytes, timeout: float) -> bool:
    """Reads to the end of every partition."""
    ended = 0
    while ended < partitions:
        record = consumer.poll(timeout)
        if record is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
        error = record.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            ended += 1
        elif error is not None:
            raise KafkaException(error)
        elif (HEADER, message_id) in (record.headers() or []):
            return True
    return False


def _error_of(error: Exception) -> KafkaError:
    found: Any = error.args[0] if error.args else None
    return found if isinstance(found, KafkaError) else KafkaError(KafkaError._QUEUE_FULL)  # noqa: SLF001
