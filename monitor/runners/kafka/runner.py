"""The stages of one worker process, each in a thread of its own."""

import platform
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

from alerts.sinks import Sink
from detectors.anomaly import Baseline
from monitor.clock import Clock
from monitor.formats import FORMATS
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.pipeline import Pipeline
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.alert import AlertShell
from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.base import Stage
from monitor.runners.kafka.baseline import BaselineShell
from monitor.runners.kafka.clients import Clients, at_end
from monitor.runners.kafka.deadletters import DeadLetterLimit
from monitor.runners.kafka.deliver import DeliverShell
from monitor.runners.kafka.index import Indexer
from monitor.runners.kafka.scan import ScanShell
from monitor.runners.kafka.search import SearchIndexer
from monitor.runners.kafka.transaction import Transactions
from monitor.runners.kafka.worker import Worker
from monitor.settings import Settings
from monitor.state.database import exclusive, open_database
from monitor.telemetry.health import Health


@dataclass(slots=True)
class StageThread:
    """A stage under way; `error` is why it ended, where it was not told to."""

    name: str
    error: Exception | None = None


class _Watch:
    """Passes on what one stage tells of itself, and counts its records."""

    def __init__(self, stage: str, health: Health) -> None:
        self._stage = stage
        self._health = health
        self.records = 0

    def ready(self, ready: bool) -> None:
        self._health.ready(self._stage, ready)

    def polled(self, behind: bool) -> None:
        self._health.polled(self._stage, behind)

    def committed(self, records: int) -> None:
        self.records += records
        self._health.committed(self._stage)


class KafkaRunner:
    """Builds the configured stages and runs them until told to stop, or until one cannot go on:
    then all of them end, and a supervisor starts the process anew."""

    def __init__(
        self,
        settings: Settings,
        kafka: KafkaSettings,
        pipeline: Pipeline,
        sinks: Sequence[Sink],
        clock: Clock,
        health: Health,
    ) -> None:
        self._health = health
        self._settings = settings
        self._pipeline = pipeline
        self._sinks = sinks
        self._clock = clock
        self._topics = topics_of(kafka.topics)
        self._inputs = kafka.topics.inputs
        slot = settings.worker.slot_on(platform.node())
        self._clients = Clients(kafka, settings.worker, slot)
        self._watches = {name: _Watch(name, health) for name in self._stages()}

    @property
    def records(self) -> dict[str, int]:
        """By stage: how many records this run has taken."""
        return {name: watch.records for name, watch in self._watches.items()}

    def run(self, stop: Event) -> None:
        """Raises what the first stage that failed raised."""
        self._check_formats()
        self._clients.check(self._topics)
        stages = [StageThread(name) for name in self._stages()]
        threads = [
            Thread(target=self._run_stage, args=(stage, stop), name=stage.name) for stage in stages
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for stage in stages:
            if stage.error is not None:
                raise stage.error

    def _stages(self) -> list[str]:
        """Those that have something to do: without an index there is nothing to search in."""
        has_index = self._settings.index is not None
        return [name for name in self._settings.stages if has_index or name != "search"]

    def _check_formats(self) -> None:
        for one in self._inputs:
            if one.format not in FORMATS:
                known = ", ".join(sorted(FORMATS))
                raise WorkerError(f"kafka.topics.inputs: {one.topic}: format is none of {known}")

    def _run_stage(self, stage: StageThread, stop: Event) -> None:
        self._health.started(stage.name)
        try:
            _RUN[stage.name](self, stop)
        except Exception as error:  # noqa: BLE001 - told in the main thread
            stage.error = error
        finally:
            self._health.ended(stage.name)
            stop.set()

    # -- one of each

    def _work(
        self, new: Callable[[Callable[[Place], bool]], Stage], name: str, stop: Event
    ) -> None:
        ends: dict[Place, int] = {}
        consumer = self._clients.member(name)
        producer = self._clients.producer(name)
        transactions = Transactions(producer, consumer.consumer_group_metadata)
        stage = new(partial(at_end, consumer, ends))
        settings, watch = self._settings.worker, self._watches[name]
        Worker(stage, consumer, transactions, settings, ends, watch).run(stop)
        producer.close()  # after a failure it might wait for brokers that do not answer

    def scan(self, stop: Event) -> None:
        worker = self._settings.worker

        def new(ended: Callable[[Place], bool]) -> Stage:
            return ScanShell(
                self._pipeline.scan_stage,
                self._inputs,
                self._topics,
                self._settings.batch.intake(),
                worker.max_record_bytes,
                lambda: DeadLetterLimit(worker.dead_letter_window, worker.dead_letter_ratio),
                ended,
                self._clock,
            )

        self._work(new, "scan", stop)

    def baseline(self, stop: Event) -> None:
        names = self._pipeline.scan_stage.names
        stage = BaselineShell(
            lambda: Baseline(self._settings.baseline, names),
            lambda: self._clients.sources(self._topics),
            self._topics,
            self._clients.changelogs(),
        )
        self._work(lambda _: stage, "baseline", stop)

    def alert(self, stop: Event) -> None:
        stage = AlertShell(
            self._pipeline.alert_stage, self._topics, self._clients.changelogs(), self._clock
        )
        self._work(lambda _: stage, "alert", stop)

    def deliver(self, stop: Event) -> None:
        stage = DeliverShell(
            self._sinks,
            self._topics,
            self._clients.changelogs(),
            self._clock,
            self._settings.delivery,
            self._settings.fallbacks,
        )
        self._work(lambda _: stage, "deliver", stop)

    def index(self, stop: Event) -> None:
        data = self._settings.data
        with exclusive(data), closing(open_database(data)) as connection:
            consumer = self._clients.reader({"auto.offset.reset": "error"})
            Indexer(
                consumer, connection, self._topics, self._settings.worker, self._watches["index"]
            ).run(stop)

    def search(self, stop: Event) -> None:
        from alerts.index.elastic.layout import Layout
        from alerts.index.elastic.write import ElasticWriter

        config = self._settings.index
        if config is None:  # see `_stages`
            return
        SearchIndexer(
            self._clients.member("search"),
            self._clients.plain_producer(),
            self._topics,
            self._settings.worker,
            ElasticWriter(config.connect(), Layout(config)),
            self._clock,
            self._watches["search"],
        ).run(stop)


_RUN: dict[str, Callable[[KafkaRunner, Event], None]] = {
    "scan": KafkaRunner.scan,
    "baseline": KafkaRunner.baseline,
    "alert": KafkaRunner.alert,
    "deliver": KafkaRunner.deliver,
    "index": KafkaRunner.index,
    "search": KafkaRunner.search,
}
