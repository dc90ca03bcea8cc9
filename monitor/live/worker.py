"""The process of `egresswatch live`: reads the topics, serves the view, and says how it is."""

# faust is typed in part:
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from threading import Event, Lock, Thread
from uuid import uuid4

from faust.types import TP

from detectors.yamlfile import ConfigError, Problem
from monitor.clock import Clock, SystemClock
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.live.agents import add_agents
from monitor.live.app import build_app
from monitor.live.freshness import Freshness, Reach
from monitor.live.rereading import RereadingApp
from monitor.live.server import Answer, LiveServer
from monitor.live.settings import LiveSettings
from monitor.live.topics import RecordTopics
from monitor.live.view import LiveView
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.clients import Clients
from monitor.settings import Settings
from monitor.telemetry import Telemetry, serving
from monitor.telemetry.client_log import client_logger
from monitor.telemetry.quiet import silence_libraries

PART = "live"
_BETWEEN = 0.25
"""Seconds between two looks at how far it has read."""
_STOP_SECONDS = 5.0
_LIBRARIES = ("faust", "mode", "aiokafka")


def run_live(
    settings: Settings, kafka: KafkaSettings, stop: Event, clock: Clock | None = None
) -> None:
    """Serves until `stop` is set. ConfigError for a port that is taken, WorkerError where it cannot
    go on: a supervisor may start it again. Threads of Faust may be left: end the process."""
    silence_libraries(_LIBRARIES)
    clock = clock or SystemClock()
    telemetry = Telemetry.of(settings.telemetry, clock)
    logger = client_logger(telemetry.log, clock)
    Clients(kafka, settings.worker, 0, logger).check(topics_of(kafka.topics))
    worker = LiveWorker(settings.live, kafka, clock, telemetry)
    server = _server(settings.live, worker, clock)
    server.start()
    telemetry.log("live.listening", address=server.address)
    try:
        with serving(settings.telemetry, telemetry):
            _follow_until(worker, stop)
    finally:
        server.stop()


class LiveWorker:
    """Follows the topics in one process, alone: a view over half of the partitions is none. So its
    consumer group is its own, and goes with it."""

    def __init__(
        self, settings: LiveSettings, kafka: KafkaSettings, clock: Clock, telemetry: Telemetry
    ) -> None:
        topics = topics_of(kafka.topics)
        read = (topics.sums, topics.findings, topics.alerts)
        self._settings = settings
        self._clock = clock
        self._telemetry = telemetry
        self._lock = Lock()
        self._heard: datetime | None = None
        self._view = LiveView(settings)
        self._freshness = Freshness(sum(topic.partitions for topic in read))
        group = f"{PART}-{uuid4().hex[:12]}"
        self.app = build_app(RereadingApp, kafka, group, clock=clock, topic_allow_declare=False)
        typed = RecordTopics(self.app, topics)
        add_agents(self.app, typed, self._view, self._lock, self._read)

    async def run(self, stop: Event) -> None:
        """Follows until `stop` is set; WorkerError where Faust ends by itself."""
        self._telemetry.health.started(PART)
        try:
            await self._follow(stop)
        except WorkerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Faust raises, a new start may help
            raise _ended(error) from None
        finally:
            self._telemetry.health.ended(PART)
            with suppress(Exception):  # it is over anyhow, and what is told is why
                await self.app.stop()

    def answer(self) -> Answer:
        """The view with its age; called on the server's threads."""
        now = self._clock.now()
        as_of = self._freshness.as_of
        with self._lock:
            hour = self._view.look(now)
        age = None if as_of is None else max(0.0, (now - as_of).total_seconds())
        return Answer(
            now=now,
            as_of=as_of,
            age_seconds=age,
            stale=age is None or age > self._settings.stale_seconds,
            waiting=self._freshness.waiting,
            unreadable=self.app.unreadable,
            hour=hour,
        )

    async def _follow(self, stop: Event) -> None:
        with self._telemetry.metrics.restoring(PART):
            await self._start(stop)
        while not stop.is_set():
            self._look()
            await asyncio.sleep(_BETWEEN)

    async def _start(self, stop: Event) -> None:
        """Returns when the last hour has been read, or at a stop."""
        starting = asyncio.create_task(self.app.start())
        while not stop.is_set() and self._freshness.as_of is None:
            if starting.done():
                starting.result()
                self._look()
            await asyncio.sleep(_BETWEEN)
        starting.cancel()

    def _look(self) -> None:
        """Notes how far it has read, and tells health and metrics."""
        if self.app.crashed or self.app.should_stop:
            raise _ended(self.app.crash_reason)
        before, reach = self._freshness.as_of, self.app.reach()
        self.require_same_topics(reach)
        self._freshness.look(reach)
        health, metrics = self._telemetry.health, self._telemetry.metrics
        if answered := max((one.answered for one in reach.values()), default=None):
            self._answered(answered)
        if self._freshness.as_of != before:
            health.ready(PART)
            health.committed(PART)
        left = {
            (place.topic, place.partition): max(0, one.stable - one.taken)
            for place, one in reach.items()
        }
        metrics.lags(PART, left)

    def require_same_topics(self, reach: Mapping[TP, Reach]) -> None:
        """A topic that ends before what was read of it is another: its records would be taken for
        known ones."""
        for place, one in reach.items():
            if one.stable < self.app.positions.get(place, 0):
                raise WorkerError(
                    f"live: topic {place.topic} was made anew, or has lost records: start it again"
                )

    def _answered(self, at: datetime) -> None:
        if self._heard is None or at > self._heard:
            self._heard = at
            self._telemetry.health.polled(PART, behind=self._freshness.waiting > 0)

    def _read(self) -> None:
        self._telemetry.metrics.records.labels(PART).inc()


def _follow_until(worker: LiveWorker, stop: Event) -> None:
    """Runs it on a thread: it may be left to itself at the end, where Kafka does not answer and
    Faust would wait for it. There is nothing that could be lost."""
    ended: Future[None] = Future()

    def run() -> None:
        try:
            ended.set_result(asyncio.run(worker.run(stop)))
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            ended.set_exception(error)

    ended.add_done_callback(lambda _: stop.set())
    Thread(target=run, name=PART, daemon=True).start()
    stop.wait()
    with suppress(TimeoutError):
        ended.result(_STOP_SECONDS)


def _ended(reason: BaseException | None) -> WorkerError:
    kind = type(reason).__name__
    return WorkerError(f"live: Faust ended ({kind}): start it again, it reads the hour anew")


def _server(settings: LiveSettings, worker: LiveWorker, clock: Clock) -> LiveServer:
    try:
        return LiveServer(settings.host, settings.port, worker.answer, clock)
    except OSError as error:
        problem = f"cannot listen on {settings.host}:{settings.port} ({error.strerror})"
        problem += ": choose another, or 0 for any"
        raise ConfigError([Problem("configuration", 1, "live.port", problem)]) from None
