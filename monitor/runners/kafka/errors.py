"""What can end a transaction, and what can end a worker."""

from confluent_kafka import KafkaError, KafkaException, Message

from monitor.runners.errors import WorkerError


class Rewind(Exception):  # noqa: N818 - a way to go on, not a failure
    """The transaction was aborted: go back to what was committed last, and on from there."""


class FencedError(WorkerError):
    """Another producer with the same transactional id has taken over."""


def error_of(exception: KafkaException) -> KafkaError:
    """librdkafka's error inside the exception."""
    return exception.args[0]


def fatal(error: KafkaError, doing: str) -> WorkerError:
    """An error that this client cannot come back from."""
    code = error.code()
    if code in _FENCED:
        return FencedError(
            f"{doing}: another worker with the same slot has taken over (or the broker gave this "
            "one up): give each worker of a stage a slot of its own; a supervisor may restart it"
        )
    return WorkerError(f"{doing}: {error.name()}; restart the worker, it goes on where it was")


def unreadable(message: Message) -> str:
    """What a consumer gives in place of a record, and what to do about it. Damaged ones are not
    skipped: how many they are cannot be told, and a replica may still have them whole."""
    error, place = message.error(), f"{message.topic()}/{message.partition()}"
    name = error.name() if error else ""
    if error is None or error.code() not in _DAMAGED:
        return f"reading {place}: {name}; restart the worker, it goes on where it was"
    return (
        f"{place}: the batch of records at offset {message.offset()} is damaged in the broker's "
        f"log ({name}): restore the partition from a replica; to give the batch up, look with "
        "kafka-dump-log.sh where the next one begins, and set the group's offset to that with "
        "kafka-consumer-groups.sh --reset-offsets"
    )


_DAMAGED = frozenset(
    {
        KafkaError._BAD_MSG,  # noqa: SLF001 - librdkafka's own codes are named so
        KafkaError._BAD_COMPRESSION,  # noqa: SLF001
        KafkaError._NOT_IMPLEMENTED,  # noqa: SLF001 - a format that no broker writes
        KafkaError.INVALID_MSG,
    }
)
_FENCED = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 - librdkafka's own codes are named so
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.FENCED_INSTANCE_ID,
    }
)
