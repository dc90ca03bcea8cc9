"""Batches of records out of a consumer, bounded in number and size."""

from collections.abc import Callable, Iterable, Iterator

from confluent_kafka import Consumer, KafkaError, Message

from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.errors import fatal
from monitor.runners.kafka.settings import WorkerSettings

FORMAT_HEADER = "egresswatch-format"
CHUNK = 500
POLL_SECONDS = 0.1


def read_batch(
    consumer: Consumer,
    settings: WorkerSettings,
    ends: dict[Place, int],
    moved: Callable[[], bool] = lambda: False,
) -> list[Taken]:
    """The next batch; empty where nothing comes for a moment. `ends` gets the end of each partition
    that was read up to it.

    `moved` says whether partitions moved within the last call of the consumer. Then all of it is
    let go: it may hold records from before and after, of which one cannot tell. But not an error:
    a client that is done for says so once, and after that only that there is nothing to read.
    """
    records: list[Taken] = []
    size, wait = 0, POLL_SECONDS
    while len(records) < settings.records and size < settings.size:
        messages = consumer.consume(min(CHUNK, settings.records - len(records)), wait)
        require_alive(messages)
        if moved():
            return []
        if not messages:
            break
        wait = 0.0
        for record in _records(messages, ends):
            records.append(record)
            size += len(record.value or b"")
    return records


def _records(messages: Iterable[Message], ends: dict[Place, int]) -> Iterator[Taken]:
    for message in messages:
        error = message.error()
        if error is None:
            yield _taken(message)
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
            ends[message.topic() or "", message.partition() or 0] = message.offset() or 0
        elif not (error.retriable() or error.code() in _PASSING):
            raise fatal(error, "reading")


def require_alive(messages: Iterable[Message]) -> None:
    """WorkerError where one of them says that the client is done for."""
    for message in messages:
        error = message.error()
        if error is not None and error.code() == KafkaError._FATAL:  # noqa: SLF001 - its name
            raise fatal(error, "reading")


def _taken(message: Message) -> Taken:
    form = ""
    for name, value in message.headers() or ():
        if name == FORMAT_HEADER:
            form = value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
    key, value = message.key(), message.value()
    return Taken(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        key.encode() if isinstance(key, str) else key or b"",
        value.encode() if isinstance(value, str) else value,
        form,
    )


_PASSING = frozenset(  # brokers come and go, and the client looks for them by itself
    {
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001 - librdkafka's own codes are named so
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)
