"""Batches of records out of a consumer, bounded in number and size."""

from collections.abc import Callable, Iterable, Sequence

from confluent_kafka import Consumer, KafkaError, Message

from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.errors import fatal, unreadable
from monitor.runners.kafka.settings import WorkerSettings

FORMAT_HEADER = "egresswatch-format"
CHUNK = 500
POLL_SECONDS = 0.1


class UnreadableError(WorkerError):
    """A partition gives something else than its records. `good` were read before that."""

    def __init__(self, problem: str, good: Sequence[Taken]) -> None:
        super().__init__(problem)
        self.good = good


def read_batch(
    consumer: Consumer,
    settings: WorkerSettings,
    ends: dict[Place, int],
    moved: Callable[[], bool] = lambda: False,
) -> list[Taken]:
    """The next batch; empty where nothing comes for a moment. `ends` gets the end of each partition
    that was read up to it.

    `moved` says whether partitions moved within the last call of the consumer. Then all of it is
    let go: it may hold records from before and after, of which one cannot tell. But not the word
    that the client is done for: it says so once, and after that only that there is nothing to read.

    UnreadableError, with the records that came before, where a partition gives none.
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
        good, broken = _sorted(messages, ends)
        records += map(_taken, good)
        size += sum(len(one.value() or b"") for one in good)
        if broken is not None:
            raise UnreadableError(unreadable(broken), records)
    return records


def _sorted(
    messages: Iterable[Message], ends: dict[Place, int]
) -> tuple[list[Message], Message | None]:
    """The records; and the first thing that is none and stops us, if there is one. What its
    partition seems to hold behind it does not count."""
    good: list[Message] = []
    broken: Message | None = None
    for message in messages:
        error = message.error()
        if error is None:
            if broken is None or _place(message) != _place(broken):
                good.append(message)
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
            ends[_place(message)] = message.offset() or 0
        elif error.fatal() or not (error.retriable() or error.code() in _PASSING):
            broken = broken or message
    return good, broken


def require_alive(messages: Iterable[Message]) -> None:
    """WorkerError where one of them says that the client is done for."""
    for message in messages:
        error = message.error()
        if error is not None and error.code() == KafkaError._FATAL:  # noqa: SLF001 - its name
            raise fatal(error, "reading")


def _place(message: Message) -> Place:
    return message.topic() or "", message.partition() or 0


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
