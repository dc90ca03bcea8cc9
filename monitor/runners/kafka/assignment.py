"""How a worker takes partitions over: where to go on, and the state that belongs there.

The order matters. The committed offsets first: asking for them waits until a dead worker's
transaction has ended. Then the end of the changelog as everybody sees it, uncommitted records
included; then its records, up to there and committed ones only. With the end read as committed,
another transaction that is still open in the partition would hide state behind it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic
from typing import NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from monitor.kafka.client import Config
from monitor.kafka.topics import Topic
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.errors import error_of, unreadable

ResultT = TypeVar("ResultT")

CALL_SECONDS = 5.0
GIVE_UP_SECONDS = 60.0
"""How long a takeover waits for brokers; a dead worker's transaction ends within ten seconds."""
BULK = 10_000

Place = tuple[str, int]
"""(topic, partition)."""


class Start(NamedTuple):
    """Where one partition goes on."""

    offset: int
    note: str
    """What was committed beside the offset."""


class Entry(NamedTuple):
    """One record of a changelog; no value says that the key is gone."""

    partition: int
    offset: int
    key: str
    value: bytes | None


def starts(consumer: Consumer, partitions: Sequence[TopicPartition]) -> dict[Place, Start]:
    """Where each partition goes on: at its committed offset, else at its beginning."""
    asked = [TopicPartition(one.topic, one.partition) for one in partitions]
    found = patiently(lambda: consumer.committed(asked, CALL_SECONDS), "reading committed offsets")
    return {(one.topic, one.partition): _start(consumer, one) for one in found}


def _start(consumer: Consumer, committed: TopicPartition) -> Start:
    at = TopicPartition(committed.topic, committed.partition)
    low, _ = patiently(lambda: consumer.get_watermark_offsets(at, CALL_SECONDS), "reading offsets")
    if committed.offset < 0:
        return Start(low, "")
    if committed.offset < low:
        raise WorkerError(
            f"{at.topic}/{at.partition}: records {committed.offset} to {low - 1} were deleted "
            "before they were read: lengthen the topic's retention, and set the group's offset to "
            "the first record there is to go on without them"
        )
    return Start(committed.offset, committed.metadata or "")


class Changelogs:
    """Reads compacted topics from their beginnings, with consumers of its own and no group."""

    def __init__(self, connect: Callable[[Config], Consumer]) -> None:
        """`connect` makes a consumer with some properties set."""
        self._connect = connect

    def restore(self, topic: Topic, partitions: Iterable[int]) -> Iterator[Entry]:
        """What was committed to these partitions before now, each in its order; keys repeat."""
        whole = [TopicPartition(topic.name, number, 0) for number in partitions]
        ends = self._ends(whole)
        waiting = {one.partition for one in whole if ends[one.partition] > 0}
        if not waiting:
            return
        consumer = self._connect(
            {
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        try:
            consumer.assign([one for one in whole if one.partition in waiting])
            yield from _read(consumer, waiting, ends)
        finally:
            consumer.close()

    def _ends(self, partitions: Sequence[TopicPartition]) -> dict[int, int]:
        consumer = self._connect({"isolation.level": "read_uncommitted"})
        try:
            return {
                one.partition: patiently(
                    lambda one=one: consumer.get_watermark_offsets(one, CALL_SECONDS),
                    "reading the end of a changelog",
                )[1]
                for one in partitions
            }
        finally:
            consumer.close()


def _read(consumer: Consumer, waiting: set[int], ends: dict[int, int]) -> Iterator[Entry]:
    until = monotonic() + GIVE_UP_SECONDS
    while waiting:
        messages = consumer.consume(BULK, 0.1)
        if messages:
            until = monotonic() + GIVE_UP_SECONDS
        elif monotonic() > until:
            raise WorkerError("a changelog cannot be read to its end: are all brokers there?")
        for message in messages:
            error, partition = message.error(), message.partition()
            if error is None:
                yield _entry(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
                if (message.offset() or 0) >= ends[partition or 0]:
                    waiting.discard(partition or 0)
            elif not error.retriable():
                raise WorkerError(unreadable(message))


def _entry(message: Message) -> Entry:
    key = message.key()
    return Entry(
        message.partition() or 0,
        message.offset() or 0,
        key.decode() if isinstance(key, bytes) else key or "",
        message.value(),  # pyright: ignore[reportArgumentType]
    )


def patiently(call: Callable[[], ResultT], doing: str) -> ResultT:
    """Makes a call until brokers answer; WorkerError where they do not."""
    until = monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return call()
        except KafkaException as exception:
            error = error_of(exception)
            if not _worth_retrying(error) or monotonic() > until:
                raise WorkerError(f"{doing}: {error.name()}; {_remedy(error)}") from None


def _remedy(error: KafkaError) -> str:
    if error.code() == KafkaError.UNSTABLE_OFFSET_COMMIT:
        return (
            "a transaction does not end, and the worker's own timeout is past: find it with "
            "`kafka-transactions.sh find-hanging` and abort it"
        )
    return "are all brokers there?"


def _worth_retrying(error: KafkaError) -> bool:
    return error.retriable() or error.code() in {
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._WAIT_COORD,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - while it has no leader
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
