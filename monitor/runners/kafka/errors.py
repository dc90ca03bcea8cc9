"""What can end a transaction, and what can end a worker."""

from confluent_kafka import KafkaError, KafkaException

from monitor.runners.errors import WorkerError


class Rewind(Exception):  # noqa: N818 - a way to go on, not a failure
    """The transaction was aborted: go back to what was committed last, and on from there."""


def error_of(exception: KafkaException) -> KafkaError:
    """librdkafka's error inside the exception."""
    return exception.args[0]


def fatal(error: KafkaError, doing: str) -> WorkerError:
    """An error that this client cannot come back from."""
    code = error.code()
    if code in _FENCED:
        return WorkerError(
            f"{doing}: another worker with the same slot has taken over (or the broker gave this "
            "one up): give each worker of a stage a slot of its own; a supervisor may restart it"
        )
    return WorkerError(f"{doing}: {error.name()}; restart the worker, it goes on where it was")


_FENCED = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 - librdkafka's own codes are named so
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.FENCED_INSTANCE_ID,
    }
)
