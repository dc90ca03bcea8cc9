"""What a transaction counted counts once it commits."""

import io
import json

import pytest

from monitor.clock import ManualClock
from monitor.runners.kafka.watch import Watch
from monitor.telemetry import Telemetry
from monitor.telemetry.health import Health
from monitor.telemetry.logs import Log
from monitor.telemetry.metrics import Metrics
from tests.support.moments import at


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(12))


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def telemetry(clock: ManualClock, said: io.StringIO) -> Telemetry:
    return Telemetry(Metrics(clock), Health(clock, 10), Log("json", said))


@pytest.fixture
def watch(telemetry: Telemetry, clock: ManualClock) -> Watch:
    watch = Watch("scan", telemetry, clock)
    watch.started()
    return watch


def value(telemetry: Telemetry, name: str, **labels: str) -> float | None:
    return telemetry.metrics.registry.get_sample_value(f"egresswatch_{name}", labels)


def decide(watch: Watch) -> None:
    tally = watch.tally
    tally.fresh += 3
    tally.late += 1
    tally.findings += 2
    tally.dead_letters["not-json"] += 5
    tally.reached = at(11)


def test_what_commits_counts_and_what_is_aborted_does_not(
    watch: Watch, telemetry: Telemetry
) -> None:
    decide(watch)
    watch.aborted()
    assert value(telemetry, "findings_total") == 0
    decide(watch)
    watch.committed(9)
    watch.committed(1)  # nothing was decided in this one
    assert watch.records == 10
    assert value(telemetry, "records_total", stage="scan") == 10
    assert value(telemetry, "events_total", kind="fresh") == 3
    assert value(telemetry, "events_total", kind="late") == 1
    assert value(telemetry, "findings_total") == 2
    assert value(telemetry, "dead_letters_total", reason="not-json") == 5
    assert value(telemetry, "transactions_total", stage="scan", outcome="aborted") == 1
    assert value(telemetry, "transactions_total", stage="scan", outcome="committed") == 2


def test_lags_of_partitions_that_went_elsewhere_are_not_shown(
    watch: Watch, telemetry: Telemetry
) -> None:
    where = {"stage": "scan", "topic": "egress", "partition": "1"}
    watch.polled(True, {("egress", 1): 7})
    assert value(telemetry, "lag_records", **where) == 7
    watch.revoked()
    assert value(telemetry, "lag_records", **where) is None


def test_ready_with_its_partitions_and_not_without(watch: Watch, telemetry: Telemetry) -> None:
    watch.assigned(2)
    assert telemetry.health.unready() == []
    watch.revoked()
    assert telemetry.health.unready() == ["scan"]


def test_a_restore_is_measured_and_told(
    watch: Watch, telemetry: Telemetry, clock: ManualClock, said: io.StringIO
) -> None:
    with watch.restoring():
        clock.advance(2.5)
    assert value(telemetry, "restore_seconds", stage="scan") == 2.5
    line = json.loads(said.getvalue())
    assert (line["event"], line["stage"], line["seconds"]) == ("state.restored", "scan", 2.5)
