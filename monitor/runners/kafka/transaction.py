"""One transaction: what a batch makes, and how far it was read, together or not at all."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from monitor.kafka.topics import Topic
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.bounded import within
from monitor.runners.kafka.codec import Wire
from monitor.runners.kafka.errors import Rewind, error_of, fatal

CALL_SECONDS = 5.0
"""How long one call waits before it is asked whether to go on."""
SEND_SECONDS = 15.0
"""Longer than a transaction may last: by then the broker has given it up."""
HANG_SECONDS = 20.0
"""When a call that should have ended by now will not: librdkafka does not heed its own limit while
it looks for a group's coordinator (issues 5456 and 5511 there, open in 2.16)."""
GIVE_UP_SECONDS = 60.0
"""How long a transaction is retried against brokers that do not answer. They give it up earlier, by
themselves (transaction.timeout.ms): the number only decides when we say so."""


class TooLargeError(WorkerError):
    """A record that a topic does not take. Where nobody catches it, the worker cannot go on."""

    def __init__(self, topic: str, size: int) -> None:
        super().__init__(
            f"a record of {size:,} bytes is more than {topic} takes: raise message.max.bytes in "
            f"kafka.extra, and the topic's max.message.bytes with it"
        )


class Transactions:
    """The transactions of one producer. `send` is valid inside `run` only."""

    def __init__(
        self,
        producer: Producer,
        group: Callable[[], Any],
        committing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`group` gives the consumer's membership: a worker that was expelled cannot commit.
        `committing` is entered around each commit."""
        self._committing = committing
        self._producer = producer
        self._group = group
        self._failed: KafkaError | None = None
        self._refused: TooLargeError | None = None
        """What the broker found too large: trying again would not help."""

    def open(self) -> None:
        """Ends what a former owner of the transactional id has left open, and fences it."""
        self._call(lambda: self._producer.init_transactions(CALL_SECONDS), "starting")

    def rest(self) -> None:
        """To be called now and then: it is when the producer tells what ails its connections."""
        self._producer.poll(0)

    def send(self, topic: Topic, partition: int, record: Wire, **headers: str) -> None:
        """Adds a record. Waits while the producer's queue is full; TooLargeError, and no harm to
        the transaction, for a record over the limit."""
        while True:
            try:
                self._producer.produce(
                    topic.name,
                    partition=partition,
                    key=record.key,
                    value=record.value,
                    headers=list(headers.items()) or None,
                    on_delivery=self._delivered,
                )
            except BufferError:
                self._producer.poll(0.05)
            except KafkaException as exception:
                error = error_of(exception)
                if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    raise TooLargeError(topic.name, _size(record)) from None
                raise self._told(error, f"writing to {topic.name}") from None
            else:
                return

    def run(
        self, work: Callable[[], None], reached: Callable[[], Sequence[TopicPartition]]
    ) -> None:
        """Does `work` in a transaction that commits the offsets of `reached` with it.

        Raises Rewind where it was aborted, and WorkerError where this producer is done for.
        """
        self._failed = None
        # the membership under which the records were read; and asking for it later could wait for
        # ever, where the group has expelled this consumer meanwhile
        group = self._group()
        self._call(self._producer.begin_transaction, "beginning a transaction")
        try:
            work()
            with self._committing():
                self._commit(reached(), group)
        except WorkerError:
            raise  # the broker ends the transaction: this producer cannot
        except Exception:
            self._abort()
            raise

    def _commit(self, offsets: Sequence[TopicPartition], group: Any) -> None:
        if offsets:
            self._send_offsets(offsets, group)
        self._call(lambda: self._producer.commit_transaction(CALL_SECONDS), "committing")

    def _send_offsets(self, offsets: Sequence[TopicPartition], group: Any) -> None:
        """Once: librdkafka repeats what may be repeated by itself. Where it never comes back this
        producer is done for, and the next one with its transactional id fences it."""
        try:
            within(
                HANG_SECONDS,
                lambda: self._producer.send_offsets_to_transaction(
                    list(offsets), group, SEND_SECONDS
                ),
            )
        except TimeoutError:
            raise WorkerError(
                f"committing offsets: no answer in {HANG_SECONDS:.0f} s; restart the worker, it "
                "goes on where it was"
            ) from None
        except KafkaException as exception:
            error = error_of(exception)
            if error.retriable() and not error.fatal():
                raise Rewind(f"committing offsets: {error.name()}") from None
            raise self._told(error, "committing offsets") from None

    def _abort(self) -> None:
        self._call(lambda: self._producer.abort_transaction(CALL_SECONDS), "aborting")

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed = error
            if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                self._refused = TooLargeError(message.topic() or "", len(message))

    def _call(self, call: Callable[[], Any], doing: str) -> None:
        """Makes a call until it is done: a retriable error says that it may be made again."""
        until = monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                call()
            except KafkaException as exception:
                error = error_of(exception)
                if not error.retriable() or error.fatal() or monotonic() > until:
                    raise self._told(error, doing) from None
            else:
                return

    def _told(self, error: KafkaError, doing: str) -> Exception:
        """What an error means for us."""
        if self._refused is not None:
            return self._refused
        if error.txn_requires_abort() and error.code() != KafkaError.FENCED_INSTANCE_ID:
            return Rewind(f"{doing}: {(self._failed or error).name()}")
        return fatal(error, doing)


def _size(record: Wire) -> int:
    return len(record.key) + len(record.value or b"")
