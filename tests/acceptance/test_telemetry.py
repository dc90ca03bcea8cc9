"""The program watched from outside while it runs: metrics, health, logs; none of them leaks."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from threading import Event

import httpx
import pytest

from monitor.clock import SystemClock
from tests.acceptance.test_no_leak import leaks, lines, planted
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance


@contextmanager
def watched(space: Workspace) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A run under way, the address of its telemetry, and the log lines so far."""
    process = subprocess.Popen(
        space.command("run", "--config", str(space.config)),
        cwd=space.folder,
        env=space.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        said = [process.stderr.readline()]
        listening = json.loads(said[0])
        assert listening["event"] == "telemetry.listening"
        yield process, listening["address"], said
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def metric(text: str, name: str) -> float:
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.split("{")[0].split(" ")[0] == name
    )


def test_metrics_and_logs_hold_no_value_of_an_event(tmp_path: Path) -> None:
    space, values = Workspace(tmp_path), planted()
    events = lines(values)
    space.write("events.ndjson", events)
    space.configure(
        inputs=[{"type": "files", "paths": ["traffic"], "follow": True}],
        telemetry={"port": 0, "log": "json"},
    )
    clock = SystemClock()
    with watched(space) as (process, address, said):
        client = httpx.Client(base_url=address, timeout=30, trust_env=False)
        with client:
            deadline = clock.monotonic() + 200
            text = ""
            while metric(text, "egresswatch_records_total") < len(events):
                assert clock.monotonic() < deadline, text
                Event().wait(0.2)
                text = client.get("/metrics").text
            assert client.get("/livez").text == "ok\n"
            assert client.get("/readyz").text == "ok\n"
            strange = client.get(f"/{values[0]}")
        process.send_signal(SIGTERM)
        said.extend(process.communicate(timeout=60)[1].splitlines())

    assert process.returncode == 0
    assert strange.status_code == 404
    assert metric(text, "egresswatch_dead_letters_total") == 200
    assert metric(text, "egresswatch_events_total") == 9 * 200
    assert metric(text, "egresswatch_transactions_total") > 0
    assert metric(text, "egresswatch_watermark_delay_seconds") > 0
    assert metric(text, "egresswatch_cache_entries") > 0
    logged = [json.loads(line) for line in said if line.startswith("{")]
    assert [line["event"] for line in logged][-1] == "run.finished"
    assert logged[-1]["records"] == len(events)
    told = {"metrics": text.encode(), "logs": "\n".join(said).encode(), "404": strange.content}
    assert leaks(values, told) == []
