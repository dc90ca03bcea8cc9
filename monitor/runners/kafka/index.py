"""The index stage: a copy of everything that was decided, to search in.

Its positions are in the same SQLite transaction as what it copies, and not in Kafka: so the index
has every record once, sums and findings too, which are added up. One process indexes.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from threading import Event

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from detectors.records import Alert, DeadLetter, Finding, Flow, Members, PartialSum, decode
from detectors.windows import BEGINNING
from monitor.kafka.topics import Topic, Topics
from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.clients import close, lags
from monitor.runners.kafka.codec import of_sums
from monitor.runners.kafka.deliver import Stored
from monitor.runners.kafka.errors import error_of, fatal
from monitor.runners.kafka.reading import read_batch
from monitor.runners.kafka.settings import WorkerSettings
from monitor.runners.kafka.watch import Watch
from monitor.runners.store import EmbeddedStore
from monitor.sources.base import Position
from monitor.state.store import Progress


class Indexer:
    """Copies topics into an index until it is stopped."""

    name = "index"

    def __init__(
        self,
        consumer: Consumer,
        connection: sqlite3.Connection,
        topics: Topics,
        settings: WorkerSettings,
        watch: Watch,
    ) -> None:
        self._consumer = consumer
        self._store = EmbeddedStore(connection)
        self._settings = settings
        self._watch = watch
        self._copied: dict[str, tuple[Topic, Callable[[Sequence[Taken]], None]]] = {
            topic.name: (topic, copy)
            for topic, copy in (
                (topics.flows, self._flows),
                (topics.sums, self._sums),
                (topics.members, self._members),
                (topics.findings, self._findings),
                (topics.alerts, self._alerts),
                (topics.alert_state, self._silences),
                (topics.dead_letters, self._dead_letters),
                (topics.delivery_state, self._deliveries),
            )
        }

    def run(self, stop: Event) -> None:
        """WorkerError where it cannot go on."""
        starts, ends = self._starts(), dict[Place, int]()
        self._consumer.assign(starts)
        self._watch.assigned(len(starts))
        try:
            while not stop.is_set():
                records = read_batch(self._consumer, self._settings, ends)
                self._watch.polled(bool(records), lags(self._consumer, ends))
                if records:
                    with self._watch.timed(self.name):
                        self._copy(records)
                    self._watch.committed(len(records))
        except KafkaException as exception:
            raise fatal(error_of(exception), "stage index") from None
        finally:
            close(self._consumer)

    def _starts(self) -> list[TopicPartition]:
        done = self._store.state.progress()
        starts: list[TopicPartition] = []
        for topic, _ in self._copied.values():
            for number in range(topic.partitions):
                known = done.get(f"{topic.name}/{number}")
                offset = known.position.offset if known else OFFSET_BEGINNING
                starts.append(TopicPartition(topic.name, number, offset))
        return starts

    def _copy(self, records: Sequence[Taken]) -> None:
        by_topic: dict[str, list[Taken]] = defaultdict(list)
        progress: dict[str, Progress] = {}
        for record in records:
            by_topic[record.topic].append(record)
            position = Position(offset=record.offset + 1)
            progress[f"{record.topic}/{record.partition}"] = Progress(position, BEGINNING)
        with self._store.transaction():
            for name, some in by_topic.items():
                _, copy = self._copied[name]
                copy(some)
            self._store.state.save_progress(progress)

    def _flows(self, records: Sequence[Taken]) -> None:
        self._store.index.add_flows([decode(Flow, one.value or b"") for one in records])

    def _sums(self, records: Sequence[Taken]) -> None:
        read = [of_sums(one.key, one.value or b"") for one in records]
        self._store.index.add_sums([one for one in read if isinstance(one, PartialSum)])

    def _members(self, records: Sequence[Taken]) -> None:
        self._store.members.add(decode(Members, one.value or b"") for one in records)

    def _findings(self, records: Sequence[Taken]) -> None:
        self._store.index.add_findings([decode(Finding, one.value or b"") for one in records])

    def _alerts(self, records: Sequence[Taken]) -> None:
        self._store.index.put_alerts([decode(Alert, one.value) for one in records if one.value])

    def _silences(self, records: Sequence[Taken]) -> None:
        """Of the alert stage's state what analysts ask for; each partition has its own of it."""
        pairs = [(f"{one.partition}:{one.key.decode()}", one.value) for one in records]
        silences = [(key, value) for key, value in pairs if ":silence/" in key]
        self._store.state.save_state("alert", silences)

    def _dead_letters(self, records: Sequence[Taken]) -> None:
        letters = [decode(DeadLetter, one.value or b"") for one in records]
        self._store.index.add_dead_letters(letters)

    def _deliveries(self, records: Sequence[Taken]) -> None:
        for one in records:
            if one.value is None:
                self._store.outbox.drop(one.key.decode())
            else:
                self._store.outbox.put([msgspec.json.decode(one.value, type=Stored).entry])
