"""The worker's own decisions; what it does over a broker is in the integration tests."""

import asyncio
from pathlib import Path
from threading import Event

import pytest
from faust.types import TP

from detectors.yamlfile import ConfigError
from monitor.cli.live import serve
from monitor.clock import ManualClock
from monitor.kafka.settings import KafkaSettings
from monitor.live.app import kafka_settings
from monitor.live.freshness import Reach
from monitor.live.settings import LiveSettings
from monitor.live.worker import LiveWorker
from monitor.runners.errors import WorkerError
from monitor.telemetry import Telemetry, TelemetrySettings
from tests.support.moments import at
from tests.support.workspace import Workspace

PLACE = TP("egresswatch.sums", 0)


@pytest.fixture
def worker() -> LiveWorker:
    clock = ManualClock(at(12))
    kafka = KafkaSettings(bootstrap="127.0.0.1:9092")
    return LiveWorker(LiveSettings(), kafka, clock, Telemetry.of(TelemetrySettings(), clock))


def test_before_it_has_read_anything_it_is_stale(worker: LiveWorker) -> None:
    answer = worker.answer()
    assert (answer.as_of, answer.age_seconds, answer.stale) == (None, None, True)


def test_a_topic_that_was_made_anew_ends_it(worker: LiveWorker) -> None:
    worker.require_same_topics({PLACE: Reach(at(12), 7, 7)})
    worker.app.positions[PLACE] = 7
    worker.require_same_topics({PLACE: Reach(at(12), 7, 7)})
    with pytest.raises(WorkerError, match=r"egresswatch\.sums was made anew"):
        worker.require_same_topics({PLACE: Reach(at(12), 3, 3)})


def test_faust_ends_and_so_does_it_without_faust_s_words(worker: LiveWorker) -> None:
    asyncio.run(worker.app.crash(ValueError("anna@example.com")))
    with pytest.raises(WorkerError, match=r"Faust ended \(ValueError\)") as error:
        worker._look()
    assert "anna" not in f"{error.value!r}"


def test_the_embedded_runtime_has_no_topics(tmp_path: Path) -> None:
    space = Workspace(tmp_path / "space")
    space.configure()
    with pytest.raises(ConfigError, match="runtime: kafka"):
        serve(space.config, Event())
    with pytest.raises(ConfigError, match="runtime: kafka"):
        kafka_settings(space.config)
