"""The stages of one worker process, each in a thread of its own."""

import platform
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic

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
from monitor.runners.kafka.keys import require_known_key
from monitor.runners.kafka.scan import ScanShell
from monitor.runners.kafka.sealing import Sealer
from monitor.runners.kafka.search import SearchIndexer
from monitor.runners.kafka.transaction import Transactions
from monitor.runners.kafka.watch import Watch
from monitor.runners.kafka.worker import Worker
from monitor.settings import Settings
from monitor.state.database import exclusive, open_database
from monitor.telemetry import Telemetry
from monitor.telemetry.client_log import client_logger

END_SECONDS = 90.0
"""How long stages that were told to end may take: a takeover waits for brokers for a minute."""


@dataclass(slots=True)
class StageThread:
    """A stage under way; `error` is why it ended, where it was not told to."""

    name: str
    error: Exception | None = None


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
        telemetry: Telemetry,
        index_trouble: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        """`index_trouble` is told what people must do about the index of the stage `search`."""
        self._index_trouble = index_trouble
        self._metrics = telemetry.metrics
        self._settings = settings
        self._pipeline = pipeline
        self._sinks = sinks
        self._clock = clock
        self._topics = topics_of(kafka.topics)
        self._inputs = kafka.topics.inputs
        slot = settings.worker.slot_on(platform.node())
        logger = client_logger(telemetry.log, clock)
        self._clients = Clients(kafka, settings.worker, slot, logger)
        self._watches = {name: Watch(name, telemetry, clock) for name in self.stages}

    @property
    def records(self) -> dict[str, int]:
        """By stage: how many records this run has taken."""
        return {name: watch.records for name, watch in self._watches.items()}

    def require_known_key(self, key_ids: Sequence[str]) -> None:
        """ConfigError where other workers have another pseudonym key; see `keys`."""
        require_known_key(self._clients, self._topics, key_ids)

    def run(self, stop: Event) -> None:
        """Raises what the first stage that failed raised, or a WorkerError where one hangs."""
        self._check_formats()
        self._clients.check(self._topics)
        stages = [StageThread(name) for name in self.stages]
        threads = [
            Thread(target=self._run_stage, args=(stage, stop), name=stage.name, daemon=True)
            for stage in stages
        ]
        for thread in threads:
            thread.start()
        if threads:
            stop.wait()
        hung = _join(threads)
        for stage in stages:
            if stage.error is not None:
                raise stage.error
        if hung:
            raise WorkerError(f"{', '.join(hung)} did not end; restart the worker")

    @property
    def stages(self) -> list[str]:
        """Those that have something to do: without an index there is nothing to search in."""
        has_index = self._settings.index is not None
        return [name for name in self._settings.stages if has_index or name != "search"]

    def _check_formats(self) -> None:
        for one in self._inputs:
            if one.format not in FORMATS:
                known = ", ".join(sorted(FORMATS))
                raise WorkerError(f"kafka.topics.inputs: {one.topic}: format is none of {known}")

    def _run_stage(self, stage: StageThread, stop: Event) -> None:
        watch = self._watches[stage.name]
        watch.started()
        try:
            _RUN[stage.name](self, stop)
        except Exception as error:  # noqa: BLE001 - told in the main thread
            stage.error = error
        finally:
            watch.ended()
            stop.set()

    # -- one of each

    def _work(
        self, new: Callable[[Callable[[Place], bool]], Stage], name: str, stop: Event
    ) -> None:
        ends: dict[Place, int] = {}
        consumer = self._clients.member(name)
        producer = self._clients.producer(name)
        settings, watch = self._settings.worker, self._watches[name]
        committing = partial(watch.timed, "commit")
        transactions = Transactions(producer, consumer.consumer_group_metadata, committing)
        stage = new(partial(at_end, consumer, ends))
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
                partial(DeadLetterLimit, worker.dead_letter_window, worker.dead_letter_ratio),
                Sealer(worker.dead_letter_key),
                ended,
                self._clock,
                self._watches["scan"].tally,
            )

        self._work(new, "scan", stop)

    def baseline(self, stop: Event) -> None:
        names = self._pipeline.scan_stage.names
        stage = BaselineShell(
            lambda: Baseline(self._settings.baseline, names),
            lambda: self._clients.sources(self._topics),
            self._topics,
            self._clients.changelogs(),
            self._watches["baseline"].tally,
        )
        self._work(lambda _: stage, "baseline", stop)

    def alert(self, stop: Event) -> None:
        stage = AlertShell(
            self._pipeline.alert_stage,
            self._topics,
            self._clients.changelogs(),
            self._watches["alert"].tally,
            self._clock,
            self._pipeline.route,
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
        self._metrics.watch_outbox(lambda: stage.undelivered)
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
            self._index_trouble,
        ).run(stop)


_RUN: dict[str, Callable[[KafkaRunner, Event], None]] = {
    "scan": KafkaRunner.scan,
    "baseline": KafkaRunner.baseline,
    "alert": KafkaRunner.alert,
    "deliver": KafkaRunner.deliver,
    "index": KafkaRunner.index,
    "search": KafkaRunner.search,
}


def _join(threads: Sequence[Thread]) -> list[str]:
    """Waits for threads that were told to end; the names of those that hang."""
    until = monotonic() + END_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    return [thread.name for thread in threads if thread.is_alive()]
