"""From a configuration to a running program: the one place that knows every part."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Protocol

from alerts.content import Composer
from alerts.delivery import Deliverer, DelivererThread, Outbox
from alerts.index.writer import IndexWriter
from alerts.routing import Router, RouteTree
from alerts.sinks import Sink
from alerts.sinks import build as build_sink
from detectors.anomaly import Baseline
from detectors.decode.paths import field_path
from detectors.subprocessors.domains import registrable
from detectors.yamlfile import ConfigError, Problem
from monitor.clock import Clock, SystemClock
from monitor.configuration import Configuration, world_of
from monitor.detection import configured_scanner
from monitor.formats import FORMATS
from monitor.interactivity import InteractivityServer
from monitor.kafka.settings import KafkaSettings
from monitor.keys import load_keyring, load_pseudonymiser, require_known
from monitor.pipeline import Pipeline
from monitor.runners.copier import Copier
from monitor.runners.embedded import EmbeddedRunner, Summary
from monitor.runners.housekeeper import Housekeeper
from monitor.runners.intake import Intake
from monitor.runners.store import EmbeddedStore
from monitor.selfwatch import Inbox, SelfMonitoring
from monitor.settings import Settings
from monitor.sources import Source
from monitor.sources import build as build_source
from monitor.sources.base import SourceError
from monitor.stages.alert import AlertStage
from monitor.stages.names import Names
from monitor.stages.scan import ScanStage
from monitor.state.database import FILE_NAME, connect, exclusive, open_database
from monitor.telemetry import Telemetry, serving
from monitor.telemetry.metrics import Depths, Metrics
from monitor.telemetry.quiet import silence_libraries

LEDGER_KEPT = timedelta(days=30)
"""How long the ledger shows what was delivered; older entries go at the next start."""
DRAIN_SECONDS = 10.0
"""How long a stopping program goes on delivering what is due."""


class Service(Protocol):
    """What runs beside the runner."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def build_router(configuration: Configuration, clock: Clock) -> Router:
    """Whom messages are told, as configured."""
    settings = configuration.settings
    tree = RouteTree(settings.routing, [sink.name for sink in settings.sinks])
    return Router(tree, world_of(configuration.registry, configuration.tuning).owner, clock)


def build_pipeline(configuration: Configuration, clock: Clock | None = None) -> Pipeline:
    """The stages as configured."""
    silence_libraries()
    settings, tuning = configuration.settings, configuration.tuning
    names = Names(configuration.registry, tuning.taxonomy)
    return Pipeline(
        scan_stage=ScanStage(
            configured_scanner(settings.detection, tuning),
            tuning,
            configuration.registry,
            configuration.policy,
            load_pseudonymiser(settings),
            settings.decoding.budget(),
        ),
        baseline_stage=Baseline(settings.baseline, names),
        alert_stage=AlertStage(settings.incidents, settings.notifications, names),
        route=build_router(configuration, clock or SystemClock()),
    )


def run(
    configuration: Configuration,
    stop: Event,
    progress: Callable[[Summary], None] = lambda summary: None,
    clock: Clock | None = None,
) -> Summary:
    """Runs the embedded runner until its inputs end or `stop` is set, then delivers what is due."""
    clock = clock or SystemClock()
    settings = configuration.settings
    pipeline = build_pipeline(configuration, clock)
    sources = _build_sources(configuration)
    sinks = build_sinks(settings, clock)
    telemetry = _telemetry(configuration, clock)
    writer = _index_writer(settings)
    with (
        exclusive(settings.data),
        closing(open_database(settings.data)) as connection,
        serving(settings.telemetry, telemetry),
    ):
        store = EmbeddedStore(connection, copied=settings.index is not None)
        _require_known_key(store, list(load_keyring(settings)))
        store.outbox.forget(clock.now() - LEDGER_KEPT)
        path = settings.data / FILE_NAME
        deliverer = _deliverer(settings, sinks, clock)
        deliverer.start()
        intake = Intake(sources, FORMATS.__getitem__, clock, settings.batch.intake())
        names = [sink.name for sink in sinks]
        inbox = Inbox()
        monitoring = SelfMonitoring(settings.self_monitoring, telemetry, inbox, clock)
        telemetry.metrics.expect(one.name for one in settings.inputs if one.endless)
        runner = EmbeddedRunner(
            pipeline,
            sources,
            intake,
            store,
            names,
            deliverer.notify,
            telemetry,
            inbox,
            clock,
        )
        report = partial(monitoring.report, "index-unavailable", "index")
        copier = Copier(lambda: connect(path), writer, clock, report) if writer else None
        if copier:
            copier.start()
        housekeeper = Housekeeper(lambda: connect(path), settings.retention, clock)
        housekeeper.start()
        telemetry.log("run.started", runtime=settings.runtime)
        try:
            with _started([monitoring, *_interactivity(settings, clock)]):
                summary = runner.run(stop, progress)
        except Exception as error:
            telemetry.log("run.failed", "error", kind=type(error).__name__)
            raise
        else:
            _tell_end(telemetry, summary)
            return summary
        finally:
            for source in sources:
                source.close()
            try:
                housekeeper.stop()
                if copier:
                    copier.stop()
                deliverer.drain(DRAIN_SECONDS)
            finally:
                deliverer.stop()
                for sink in sinks:
                    sink.close()


def build_sinks(settings: Settings, clock: Clock) -> list[Sink]:
    """The sinks as configured."""
    composer = Composer(settings.messages)
    return [build_sink(config, clock, composer) for config in settings.sinks]


def _interactivity(settings: Settings, clock: Clock) -> list[InteractivityServer]:
    """The server of buttons, where one is configured."""
    if settings.interactivity is None:
        return []
    database = settings.data / FILE_NAME
    if settings.kafka is None:
        from monitor.interactivity.giving import into_database

        give = into_database(database)
    else:
        from monitor.runners.kafka.answers import into_topic

        give = into_topic(settings.kafka, database)
    return [InteractivityServer(settings.interactivity, settings.sinks, give, clock)]


@contextmanager
def _started(services: Sequence[Service]) -> Generator[None]:
    """They run while the block does."""
    running: list[Service] = []
    try:
        for service in services:
            service.start()
            running.append(service)
        yield
    finally:
        for service in running:
            service.stop()


def run_kafka(
    configuration: Configuration, stop: Event, clock: Clock | None = None
) -> dict[str, int]:
    """Runs this worker's stages until `stop` is set; how many records each has taken."""
    # here, so that the embedded runtime needs no Kafka client
    from monitor.runners.kafka.runner import KafkaRunner

    clock = clock or SystemClock()
    settings = configuration.settings
    if settings.kafka is None:
        raise ValueError("these settings are for the embedded runtime")
    sinks = build_sinks(settings, clock)
    telemetry = Telemetry.of(settings.telemetry, clock)
    _watch_caches(telemetry.metrics, configuration)
    pipeline = build_pipeline(configuration, clock)
    monitoring = _monitoring_over_kafka(settings, settings.kafka, telemetry, clock)
    report = partial(monitoring.report, "index-unavailable", "index")
    runner = KafkaRunner(settings, settings.kafka, pipeline, sinks, clock, telemetry, report)
    services = [monitoring, *_interactivity(settings, clock)]
    try:
        if "scan" in settings.stages:  # which alone makes pseudonyms
            runner.require_known_key(list(load_keyring(settings)))
        with serving(settings.telemetry, telemetry), _started(services):
            telemetry.log("run.started", runtime=settings.runtime, stages=",".join(runner.stages))
            runner.run(stop)
            telemetry.log("run.finished", records=sum(runner.records.values()))
    except Exception as error:
        telemetry.log("run.failed", "error", kind=type(error).__name__)
        raise
    finally:
        for sink in sinks:
            sink.close()
    return runner.records


def _monitoring_over_kafka(
    settings: Settings, kafka: KafkaSettings, telemetry: Telemetry, clock: Clock
) -> SelfMonitoring:
    """Self-monitoring of one worker; inputs are watched by those that read them."""
    from monitor.runners.kafka.selfwatch import WORKERS_OWN, InputWatch, KafkaWay

    inputs = InputWatch(kafka, telemetry.metrics) if "scan" in settings.stages else None
    return SelfMonitoring(
        settings.self_monitoring,
        telemetry,
        KafkaWay(kafka),
        clock,
        inputs.look if inputs else lambda: None,
        WORKERS_OWN,
    )


def _telemetry(configuration: Configuration, clock: Clock) -> Telemetry:
    """Metrics, health and log of the embedded runner, with its caches and its outbox in view."""
    settings = configuration.settings
    telemetry = Telemetry.of(settings.telemetry, clock)
    metrics, path = telemetry.metrics, settings.data / FILE_NAME

    def undelivered() -> Depths:
        # a connection of its own: it is called on the server's threads
        with closing(connect(path)) as connection:
            return Outbox(connection).undelivered()

    metrics.watch_outbox(undelivered)
    _watch_caches(metrics, configuration)
    return telemetry


def _watch_caches(metrics: Metrics, configuration: Configuration) -> None:
    metrics.watch_cache("attribution", configuration.registry.attribute.cache_info)
    metrics.watch_cache("domains", registrable.cache_info)
    metrics.watch_cache("field-paths", field_path.cache_info)


def _tell_end(telemetry: Telemetry, summary: Summary) -> None:
    telemetry.log(
        "run.finished",
        records=summary.records,
        events=summary.events,
        dead_letters=summary.dead_letters,
        findings=summary.findings,
        alerts=summary.alerts,
    )


def _require_known_key(store: EmbeddedStore, key_ids: list[str]) -> None:
    """ConfigError where the database was made with another key; see `require_known`."""
    stored = dict(store.state.state("pseudonyms")).get("key-id", b"").decode()
    if require_known(stored, key_ids, "take a new data folder"):
        with store.transaction():
            store.state.save_state("pseudonyms", [("key-id", key_ids[0].encode())])


def _build_sources(configuration: Configuration) -> list[Source]:
    sources: list[Source] = []
    for config in configuration.settings.inputs:
        try:
            sources.append(build_source(config, configuration.folder))
        except ValueError as error:
            raise SourceError(f"input {config.name}: {error}") from None
    return sources


def _deliverer(settings: Settings, sinks: list[Sink], clock: Clock) -> DelivererThread:
    path = settings.data / FILE_NAME
    deliverer = Deliverer(
        lambda: connect(path), sinks, clock, settings.delivery, fallbacks=settings.fallbacks
    )
    return DelivererThread(deliverer, clock)


def _index_writer(settings: Settings) -> IndexWriter | None:
    """What writes to the configured index; ConfigError where it cannot be made."""
    if settings.index is None:
        return None
    try:
        from alerts.index.elastic.layout import Layout
        from alerts.index.elastic.write import ElasticWriter

        return ElasticWriter(settings.index.connect(), Layout(settings.index))
    except (ImportError, ValueError) as error:
        problem = (
            "needs the Elasticsearch client: pip install 'egresswatch[elastic]'"
            if isinstance(error, ImportError)
            else str(error)
        )
        raise ConfigError([Problem("configuration", 1, "index", problem)]) from None
