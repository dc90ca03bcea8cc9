"""A workspace whose program runs over a real broker: topics, events, workers, and what came out."""

import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread, Timer
from time import monotonic
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from monitor.clock import Clock
from monitor.configuration import Configuration, load_configuration
from monitor.kafka.topics import Topics, topics_of
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import patiently
from monitor.state.database import FILE_NAME
from monitor.state.store import StateStore
from monitor.wiring import run_kafka
from tests.support.workspace import Workspace

PATIENCE = 150.0
"""Seconds until a test gives up waiting; nothing waits so long that works."""

GROUPS = ("scan", "baseline", "alert", "deliver")


class KafkaSpace(Workspace):
    """One installation of its own on a shared broker, told apart by its prefix."""

    def __init__(self, folder: Path, address: str, prefix: str) -> None:
        super().__init__(folder)
        self.address = address
        self.prefix = prefix
        self.egress = f"in-{prefix.rstrip('.')}"

    def prepare(
        self,
        *,
        stream: int = 2,
        keyed: int = 2,
        inputs: Sequence[Any] = (),
        extra: Mapping[str, Any] | None = None,
        limits: Mapping[str, int] | None = None,
        **changes: Any,
    ) -> None:
        """Writes the configuration and makes the topics; `limits`: how long a batch of records some
        of them take."""
        topics = {
            "prefix": self.prefix,
            "inputs": list(inputs) or [{"topic": self.egress}],
            "replication": 1,
            "partitions": {"stream": stream, "keyed": keyed},
        }
        kafka = {"bootstrap": self.address, "topics": topics, "extra": extra or {}}
        settings: dict[str, Any] = {"runtime": "kafka", "kafka": kafka, "inputs": [], **changes}
        self.configure(**settings)
        admin = AdminClient({"bootstrap.servers": self.address})
        limited = {name: {"max.message.bytes": str(size)} for name, size in (limits or {}).items()}
        new = [
            NewTopic(
                one.name, one.partitions, 1, config={**one.config, **limited.get(one.name, {})}
            )
            for one in self.topics
        ]
        for made in admin.create_topics(new).values():
            made.result(PATIENCE)

    @property
    def configuration(self) -> Configuration:
        return load_configuration(self.config)

    @property
    def topics(self) -> Topics:
        kafka = self.configuration.settings.kafka
        assert kafka is not None
        return topics_of(kafka.topics)

    def produce(
        self,
        records: Iterable[tuple[int, bytes | None]],
        *,
        topic: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Writes records, each to the partition that is named with it."""
        # idempotent: a batch that is sent again must not come behind the next one
        limit = {"message.max.bytes": 20_000_000, "enable.idempotence": True}
        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 5, **limit})
        failed: list[KafkaError] = []
        for partition, value in records:
            producer.produce(
                topic or self.egress,
                value,
                partition=partition,
                headers=list((headers or {}).items()),
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
        assert producer.flush(PATIENCE) == 0
        assert not failed, failed

    @contextmanager
    def running(self, clock: Clock | None = None, **settings: Any) -> Iterator[None]:
        """All stages in threads of this process; what ends them early fails the test."""
        configuration = self.configuration
        if settings:
            changed = configuration.settings.model_copy(update=settings)
            configuration = replace(configuration, settings=changed)
        stop, errors = Event(), list[Exception]()

        def run() -> None:
            try:
                run_kafka(configuration, stop, clock)
            except Exception as error:
                errors.append(error)

        thread = Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(PATIENCE)
        assert not errors, errors
        assert not thread.is_alive()

    @contextmanager
    def supervised(self) -> Iterator[list[str]]:
        """All stages, started anew whenever they give up, as a supervisor does; why they did."""
        configuration, stop, ended = self.configuration, Event(), list[str]()

        def run() -> None:
            while not stop.is_set():
                own = Event()
                Thread(target=_passed_on, args=(stop, own), daemon=True).start()
                try:
                    run_kafka(configuration, own)
                except WorkerError as error:
                    ended.append(str(error))
                    stop.wait(0.5)

        thread = Thread(target=run)
        thread.start()
        try:
            yield ended
        finally:
            stop.set()
            thread.join(PATIENCE)
        assert not thread.is_alive()

    def run_until_it_gives_up(self) -> None:
        """All stages in this thread; raises what ends them, and returns where nothing does."""
        stop = Event()
        timer = Timer(PATIENCE, stop.set)
        timer.start()
        try:
            run_kafka(self.configuration, stop)
        finally:
            timer.cancel()

    def start_worker(self, slot: int, *stages: str) -> subprocess.Popen[bytes]:
        """A worker of some stages in a process of its own."""
        settings = msgspec.json.decode(self.config.read_bytes())
        settings["stages"] = stages
        settings["worker"]["slot"] = slot
        config = self.folder / f"worker-{slot}.yaml"
        config.write_bytes(msgspec.json.encode(settings))
        with (self.folder / f"worker-{slot}.log").open("ab") as log:
            return subprocess.Popen(
                self.command("run", "--config", str(config)),
                cwd=self.folder,
                env=self.environment(),
                stderr=log,
            )

    def committed(self, group: str, topic: str) -> int:
        """How far a group has come in a topic, over all its partitions."""
        count = {one.name: one.partitions for one in self.topics}[topic]
        asked = [TopicPartition(topic, number) for number in range(count)]
        with closing(self._reader(group)) as consumer:
            found = patiently(lambda: consumer.committed(asked, PATIENCE), "looking")
        return sum(max(one.offset, 0) for one in found)

    # -- what came out

    def told_lines(self) -> int:
        """How many messages the file has."""
        path = self.folder / "alerts.ndjson"
        return len(path.read_bytes().splitlines()) if path.exists() else 0

    def drained(self) -> bool:
        """Whether each stage has committed all that the one before it has."""
        topics = self.topics
        read = {
            "scan": [one.name for one in topics.inputs],
            "baseline": [topics.sums.name],
            "alert": [topics.findings.name, topics.commands.name],
            "deliver": [topics.deliveries.name, topics.commands.name],
        }
        return all(not self.lags(group, names) for group, names in read.items())

    def indexed(self) -> bool:
        """Whether the index has all that the stages have committed."""
        with closing(sqlite3.connect(self.folder / "data" / FILE_NAME)) as connection:
            done = StateStore(connection).progress()
        topics = self.topics
        with closing(self._reader("look")) as consumer:
            asked = [
                TopicPartition(topic.name, number, one.position.offset if one else 0)
                for topic in topics
                if topic not in topics.inputs and topic.name not in self._not_indexed
                for number in range(topic.partitions)
                for one in (done.get(f"{topic.name}/{number}"),)
            ]
            if self._open_transaction(consumer, asked):
                return False
            consumer.assign(asked)
            return next(_to_the_end(consumer, len(asked)), None) is None

    @property
    def _not_indexed(self) -> set[str]:
        topics = self.topics
        own = (topics.commands, topics.deliveries, topics.baseline_changelog, topics.installation)
        return {one.name for one in own}

    def lags(self, group: str, names: Sequence[str]) -> bool:
        """Whether a group has not committed all that these topics have."""
        counts = {one.name: one.partitions for one in self.topics}
        with closing(self._reader(group)) as consumer:
            asked = [TopicPartition(name, n) for name in names for n in range(counts[name])]
            found = patiently(lambda: consumer.committed(asked, PATIENCE), "looking")
            consumer.assign(
                [TopicPartition(one.topic, one.partition, max(one.offset, 0)) for one in found]
            )
            if self._open_transaction(consumer, asked):
                return True
            return next(_to_the_end(consumer, len(asked)), None) is not None

    def _open_transaction(self, consumer: Consumer, places: Sequence[TopicPartition]) -> bool:
        """Whether a dead worker's transaction still hides what was committed after it began."""
        with closing(self._reader("look", **{"isolation.level": "read_uncommitted"})) as other:
            return any(_end(consumer, place) < _end(other, place) for place in places)

    def records(self, topic: str) -> list[Message]:
        """Every committed record of a topic, partition by partition."""
        count = {one.name: one.partitions for one in self.topics}[topic]
        with closing(self._reader("look")) as consumer:
            consumer.assign([TopicPartition(topic, number, 0) for number in range(count)])
            found = list(_to_the_end(consumer, count))
        return sorted(found, key=lambda one: (one.partition() or 0, one.offset() or 0))

    def _reader(self, group: str, **more: str) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": self.prefix + group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "log_level": 0,
                "fetch.wait.max.ms": 10,
                **more,
            }
        )


def _passed_on(stop: Event, own: Event) -> None:
    stop.wait()
    own.set()


def _end(consumer: Consumer, place: TopicPartition) -> int:
    _, end = patiently(lambda: consumer.get_watermark_offsets(place, PATIENCE), "looking")
    return end


def _to_the_end(consumer: Consumer, partitions: int) -> Iterator[Message]:
    ended: set[tuple[str | None, int | None]] = set()
    until = monotonic() + PATIENCE
    while len(ended) < partitions and monotonic() < until:
        for message in consumer.consume(1000, 0.1):
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add((message.topic(), message.partition()))
    assert len(ended) == partitions, "the broker does not answer"


def eventually(what: str, holds: Any) -> None:
    """Asks again and again until `holds()`; fails in words where it does not."""
    until, pause = monotonic() + PATIENCE, Event()
    while not holds():
        assert monotonic() < until, f"not in {PATIENCE:.0f} s: {what}"
        pause.wait(0.05)
