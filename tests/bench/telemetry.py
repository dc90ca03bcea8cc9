"""What telemetry costs the embedded runner: its calls of a batch against the batch.

python -m tests.bench.telemetry
"""

import tempfile
from pathlib import Path
from threading import Event
from time import perf_counter

from monitor.configuration import load_configuration
from monitor.telemetry import Telemetry, TelemetrySettings
from monitor.wiring import run
from tests.bench.pipeline import small_events
from tests.support.moments import at
from tests.support.workspace import Workspace

EVENTS, ROUNDS = 4_000, 20_000


def seconds_of_a_batch() -> float:
    """A batch of 500 events through the whole program, telemetry and all."""
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace(Path(folder))
        space.configure()
        space.write("events.ndjson", small_events(EVENTS))
        configuration = load_configuration(space.config)
        start = perf_counter()
        summary = run(configuration, Event())
        return (perf_counter() - start) / summary.batches


def seconds_of_its_telemetry() -> float:
    """What EmbeddedRunner tells of one batch."""
    telemetry = Telemetry.of(TelemetrySettings())
    metrics, health = telemetry.metrics, telemetry.health
    health.started("embedded")
    start = perf_counter()
    for _ in range(ROUNDS):
        health.polled("embedded", behind=True)
        for stage in ("scan", "baseline", "alert", "commit"):
            with metrics.timed(stage):
                pass
        metrics.transactions.labels("embedded", "committed").inc()
        health.committed("embedded")
        metrics.records.labels("scan").inc(500)
        for kind in ("fresh", "late", "duplicate"):
            metrics.events.labels(kind).inc(1)
        metrics.findings.inc(3)
        metrics.alerts.inc(1)
        metrics.reached("scan", at(1))
        metrics.dead_letters.labels("not-json").inc()
    return (perf_counter() - start) / ROUNDS


def main() -> None:
    batch, told = seconds_of_a_batch(), seconds_of_its_telemetry()
    print(f"telemetry: {told / batch:.4%} of a batch of 500 events")


if __name__ == "__main__":
    main()
