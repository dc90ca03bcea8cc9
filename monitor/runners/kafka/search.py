"""The search stage: topics into an index outside this process (Elasticsearch).

At least once, into an index where twice is like once: a record's place in its topic says whether it
is in there already. Offsets are committed once the index has acknowledged; while it is away the
partitions pause, the worker stays in its group, and then it goes on where it was. Any number of
workers.
"""

from collections.abc import Callable, Sequence
from threading import Event

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from alerts.index.writer import Entry, IndexUnavailableError, IndexWriter, Rejected, Written
from detectors.ids import stable_id
from detectors.records import Alert, DeadLetter, Finding, Flow, Members, PartialSum, decode
from monitor.clock import Clock
from monitor.kafka.topics import Topics
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import CALL_SECONDS, Place
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.clients import close, lags
from monitor.runners.kafka.codec import of_sums, wire
from monitor.runners.kafka.errors import error_of, fatal
from monitor.runners.kafka.reading import read_batch, require_alive
from monitor.runners.kafka.settings import WorkerSettings
from monitor.runners.kafka.watch import Watch
from monitor.runners.trouble import IndexTrouble

POLL_SECONDS = 0.5


class SearchIndexer:
    """Copies topics into an index until it is stopped."""

    name = "search"

    def __init__(
        self,
        consumer: Consumer,
        producer: Producer,
        topics: Topics,
        settings: WorkerSettings,
        writer: IndexWriter,
        clock: Clock,
        watch: Watch,
        report: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        """`producer` (without transactions) takes what the index refuses to the dead letters.
        `report` is told what people must do about the index, and nothing once it is over."""
        self._consumer = consumer
        self._producer = producer
        self._topics = topics
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._watch = watch
        self._moved = False
        """Partitions were taken over or let go within the last call of the consumer."""
        self._starts: list[TopicPartition] = []
        """Where those that were taken over go on."""
        self._ends: dict[Place, int] = {}
        self.trouble = IndexTrouble(clock, report)
        self._kinds: dict[str, Callable[[Taken], Written | None]] = {
            topics.flows.name: lambda one: decode(Flow, one.value or b""),
            topics.sums.name: _sum,
            topics.members.name: lambda one: decode(Members, one.value or b""),
            topics.findings.name: lambda one: decode(Finding, one.value or b""),
            topics.alerts.name: lambda one: decode(Alert, one.value) if one.value else None,
            topics.dead_letters.name: lambda one: decode(DeadLetter, one.value or b""),
        }

    def run(self, stop: Event) -> None:
        """WorkerError where it cannot go on."""
        self._consumer.subscribe(
            list(self._kinds), on_assign=self._assigned, on_revoke=self._revoked
        )
        try:
            while not stop.is_set():
                self._begin_again()
                records = read_batch(
                    self._consumer, self._settings, self._ends, lambda: self._moved
                )
                self._watch.polled(bool(records), self._lags())
                if records and self._write(records, stop):
                    self._commit(records)
                    self._watch.committed(len(records))
        except KafkaException as exception:
            raise fatal(error_of(exception), "stage search") from None
        finally:
            close(self._consumer)
            self._writer.close()

    def _begin_again(self) -> None:
        """What came in the call in which partitions moved was let go: it is read once more."""
        if self._moved and self._starts:
            self._consumer.assign(self._starts)
        self._moved = False

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """From where the group was, or from the beginning; never past what a topic has lost."""
        self._moved = True
        self._starts = consumer.committed(partitions, CALL_SECONDS)
        for start in self._starts:
            if start.offset < 0:
                start.offset = OFFSET_BEGINNING
        consumer.assign(self._starts)
        self._ends.clear()
        self._watch.assigned(len(self._starts))

    def _revoked(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self._moved = True
        self._starts = []
        self._watch.revoked()

    def _lags(self) -> dict[Place, int]:
        return lags(self._consumer, self._ends)

    def _write(self, records: Sequence[Taken], stop: Event) -> bool:
        """Whether the index has all of it; False where the partitions were taken or we stop."""
        entries = [
            Entry(record, f"{one.topic}/{one.partition}", one.offset)
            for one in records
            if (record := self._kinds[one.topic](one)) is not None
        ]
        while not stop.is_set() and not self._moved:
            try:
                with self._watch.timed(self.name):
                    rejected = self._writer.write(entries)
            except IndexUnavailableError as error:
                self.trouble.failed(error)
                self._wait(error.wait, stop)
            else:
                self.trouble.recovered()
                self._bury(rejected)
                return True
        return False

    def _wait(self, seconds: float, stop: Event) -> None:
        """Stays in the group, and takes nothing, for so long."""
        partitions = self._consumer.assignment()
        self._consumer.pause(partitions)
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until and not stop.is_set() and not self._moved:
            message = self._consumer.poll(min(POLL_SECONDS, seconds))  # no record: all are paused
            require_alive([message] if message else [])
            self._watch.polled(False, self._lags())  # a restart would not bring the index back
        if not self._moved:
            self._consumer.resume(partitions)

    def _bury(self, rejected: Sequence[Rejected]) -> None:
        topic = self._topics.dead_letters.name
        for one in rejected:
            if isinstance(one.entry.record, DeadLetter):
                continue  # it is in the topic already
            record = wire(
                DeadLetter(
                    timestamp=self._clock.now(),
                    id=stable_id("index", one.entry.source, one.entry.offset),
                    partition=one.entry.source,
                    offset=one.entry.offset,
                    reason=one.reason,
                    problem=one.problem,
                )
            )
            self._producer.produce(topic, key=record.key, value=record.value)
            self._watch.tally.dead_letters[one.reason] += 1
        if rejected and self._producer.flush(CALL_SECONDS):
            raise WorkerError("stage search: dead letters could not be written; restart the worker")

    def _commit(self, records: Sequence[Taken]) -> None:
        ends: dict[tuple[str, int], int] = {}
        for one in records:
            ends[one.topic, one.partition] = one.offset + 1
        if not self._moved:
            offsets = [TopicPartition(*place, end) for place, end in ends.items()]
            self._consumer.commit(offsets=offsets, asynchronous=False)


def _sum(one: Taken) -> PartialSum | None:
    record = of_sums(one.key, one.value or b"")
    return record if isinstance(record, PartialSum) else None
