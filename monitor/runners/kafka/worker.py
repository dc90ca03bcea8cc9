"""The loop of one stage: read a batch, let the stage work on it, commit, again.

Partitions are handed out eagerly: before any of them moves, everybody has let go of all. It makes
each takeover the same plain step (state is what is committed, nothing is open), and static
membership makes it rare: a worker that restarts in time gets its partitions back without one.
"""

from collections.abc import Callable, Sequence
from threading import Event

from confluent_kafka import Consumer, KafkaException, TopicPartition

from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import Place, starts
from monitor.runners.kafka.base import Out, Stage, Taken
from monitor.runners.kafka.clients import close, lags
from monitor.runners.kafka.errors import Rewind, error_of, fatal
from monitor.runners.kafka.reading import UnreadableError, read_batch
from monitor.runners.kafka.settings import WorkerSettings
from monitor.runners.kafka.transaction import Transactions
from monitor.runners.kafka.watch import Watch

REWINDS = 10
"""So many transactions may fail in a row before the worker gives up."""


class Worker:
    """Runs one stage until it is stopped, or cannot go on."""

    def __init__(
        self,
        stage: Stage,
        consumer: Consumer,
        transactions: Transactions,
        settings: WorkerSettings,
        ends: dict[Place, int],
        watch: Watch,
    ) -> None:
        """`ends` is kept: where each partition that was read to its end had it."""
        self._ends = ends
        self._stage = stage
        self._consumer = consumer
        self._transactions = transactions
        self._settings = settings
        self._watch = watch
        self._next: dict[Place, int] = {}
        """Where each of our partitions goes on."""
        self._moved = False
        """Partitions were taken over or let go within the last call of the consumer."""
        self._rewinds = 0
        self._broken: UnreadableError | None = None
        """Ends us once what was read before it is committed."""

    def run(self, stop: Event) -> None:
        """WorkerError, or any error of the stage itself, ends it; nothing is committed by half."""
        self._transactions.open()
        self._consumer.subscribe(
            list(self._stage.topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )
        try:
            while not stop.is_set():
                self._step()
        except KafkaException as exception:
            raise fatal(error_of(exception), f"stage {self._stage.name}") from None
        finally:
            close(self._consumer)

    def _step(self) -> None:
        try:
            records = self._read()
            self._watch.polled(bool(records), lags(self._consumer, self._ends))
            self._transactions.rest()
            if records:
                self._process(records)
            if self._next:
                self._stage.turn(self._transact)
        except Rewind as reason:
            self._rewinds += 1
            if self._rewinds > REWINDS:
                raise WorkerError(
                    f"{self._rewinds} transactions in a row failed: {reason}"
                ) from None
            self._watch.rewound(str(reason))
            self._take_over(self._positions())

    def _process(self, records: Sequence[Taken]) -> None:
        places = {(record.topic, record.partition) for record in records}
        self._commit(lambda: self._take(records), places, len(records))
        self._rewinds = 0

    def _take(self, records: Sequence[Taken]) -> None:
        with self._watch.timed(self._stage.name):
            self._stage.take(records, self._transactions)

    def _transact(self, work: Callable[[Out], None]) -> None:
        """The offsets go with it, though none moved: so only a member of the group can do it."""
        self._commit(lambda: work(self._transactions), set(self._next), 0)

    def _commit(self, work: Callable[[], None], places: set[Place], records: int) -> None:
        try:
            self._transactions.run(work, lambda: self._offsets(places))
        except Exception:
            self._watch.aborted()
            raise
        self._watch.committed(records)

    def _offsets(self, places: set[Place]) -> list[TopicPartition]:
        return [
            TopicPartition(*place, self._next[place], metadata=self._stage.note(place))
            for place in sorted(places)
        ]

    def _read(self) -> Sequence[Taken]:
        if self._broken is not None:
            raise self._broken
        records = self._read_batch()
        if self._moved:
            self._moved = False
            if self._next:
                self._consumer.assign(self._positions())
            return []
        for record in records:
            self._next[record.topic, record.partition] = record.offset + 1
        return records

    def _read_batch(self) -> Sequence[Taken]:
        try:
            return read_batch(self._consumer, self._settings, self._ends, lambda: self._moved)
        except UnreadableError as error:
            self._broken = error
            return error.good

    # -- partitions

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._take_over(partitions)
        self._watch.assigned(len(partitions))

    def _on_revoke(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """No transaction is open between batches; what was read and not processed is let go."""
        self._watch.revoked()
        self._next = {}
        self._moved = True

    def _take_over(self, partitions: Sequence[TopicPartition]) -> None:
        found = starts(self._consumer, partitions) if partitions else {}
        with self._watch.restoring():
            self._stage.assign(found)
        self._next = {place: start.offset for place, start in found.items()}
        self._ends.clear()
        self._broken = None
        self._moved = True
        self._consumer.assign(self._positions())

    def _positions(self) -> list[TopicPartition]:
        return [TopicPartition(*place, offset) for place, offset in self._next.items()]
