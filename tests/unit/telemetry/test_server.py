"""What the telemetry's server answers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from detectors.anomaly.standing import FleetStanding
from detectors.yamlfile import ConfigError
from monitor.clock import ManualClock
from monitor.telemetry import Telemetry, TelemetrySettings, serving
from monitor.telemetry.server import TelemetryServer
from tests.support.moments import at

README = Path(__file__).parents[3] / "README.md"
STANDING = FleetStanding(
    bars={"hour": -5.1},
    raised=0.0,
    incidents=1.5,
    budget=5.0,
    keys=42,
    refused_keys=7,
    evicted_keys=8,
    refused_sums=9,
    late_events=10,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(12))


@pytest.fixture
def telemetry(clock: ManualClock) -> Telemetry:
    return Telemetry.of(TelemetrySettings(stalled_seconds=10), clock)


@pytest.fixture
def client(telemetry: Telemetry) -> Iterator[httpx.Client]:
    server = TelemetryServer("127.0.0.1", 0, telemetry.metrics, telemetry.health)
    server.start()
    with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as client:
        yield client
    server.stop()


def test_not_ready_then_ready_then_stalled(
    client: httpx.Client, telemetry: Telemetry, clock: ManualClock
) -> None:
    telemetry.health.started("scan")
    waiting = client.get("/readyz")
    assert (waiting.status_code, waiting.text) == (503, "scan\n")
    telemetry.health.ready("scan")
    assert client.get("/readyz").status_code == 200
    assert client.get("/livez").status_code == 200
    clock.advance(11)
    stalled = client.get("/livez")
    assert (stalled.status_code, stalled.text) == (
        503,
        "scan: has not looked for work for 11 s\n",
    )


def test_a_silent_client_does_not_keep_others_waiting(client: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0)):
        assert client.get("/livez").status_code == 200


def test_what_is_measured_is_shown(
    client: httpx.Client, telemetry: Telemetry, clock: ManualClock
) -> None:
    metrics = telemetry.metrics
    with metrics.timed("scan"):
        clock.advance(0.5)
    with metrics.restoring("baseline"):
        clock.advance(3)
    metrics.reached("scan", at(11))
    metrics.watch_outbox(lambda: {"on-call": {"pending": 4}})
    metrics.lags("scan", {("egress", 3): 17})
    metrics.baselines(STANDING)
    text = client.get("/metrics").text
    for line in (
        'egresswatch_stage_seconds_bucket{le="0.3",stage="scan"} 0.0',
        'egresswatch_stage_seconds_bucket{le="1.0",stage="scan"} 1.0',
        'egresswatch_restore_seconds{stage="baseline"} 3.0',
        'egresswatch_watermark_delay_seconds{stage="scan"} 3603.5',
        'egresswatch_outbox_messages{sink="on-call",state="pending"} 4.0',
        'egresswatch_lag_records{partition="3",stage="scan",topic="egress"} 17.0',
        'egresswatch_baseline_bar{detector="hour"} -5.1',
        'egresswatch_baseline_incidents_a_day{kind="mean"} 1.5',
        'egresswatch_baseline_incidents_a_day{kind="budget"} 5.0',
        "egresswatch_baseline_keys 42.0",
        'egresswatch_baseline_refused_total{kind="keys"} 7.0',
        'egresswatch_baseline_refused_total{kind="evicted"} 8.0',
        'egresswatch_baseline_refused_total{kind="sums"} 9.0',
    ):
        assert line in text.splitlines()


def test_a_port_that_is_taken_is_told_with_its_key(
    client: httpx.Client, telemetry: Telemetry
) -> None:
    taken = TelemetrySettings(port=client.base_url.port)
    with (
        pytest.raises(ConfigError, match=r"telemetry\.port: cannot listen .*choose another"),
        serving(taken, telemetry),
    ):
        pytest.fail("it listens")


def test_an_aborted_restore_is_no_measurement(telemetry: Telemetry) -> None:
    with pytest.raises(KeyError), telemetry.metrics.restoring("baseline"):
        raise KeyError
    assert (
        telemetry.metrics.registry.get_sample_value(
            "egresswatch_restore_seconds", {"stage": "baseline"}
        )
        is None
    )


def test_the_readme_lists_every_metric(telemetry: Telemetry) -> None:
    text = README.read_text()
    names = {family.name for family in telemetry.metrics.registry.collect()}
    assert len(names) == 19
    assert [name for name in sorted(names) if f"`{name}" not in text] == []
