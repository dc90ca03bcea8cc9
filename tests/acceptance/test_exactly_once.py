"""The promise of the embedded runner: killed anywhere, the outcome is that of an untouched run."""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.events import mixed_traffic
from tests.support.receiver import Receiver, receiving
from tests.support.snapshot import deliveries, snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance

HARNESS = "tests.support.killed_run"
KILLS = 25
RUNS = int(os.environ.get("EGRESSWATCH_CHAOS_RUNS", "1"))
"""How many runs are killed, each at other points; `make chaos` asks for many."""


def workspace(folder: Path, receiver: Receiver) -> Workspace:
    space = Workspace(folder)
    space.write("a.ndjson", mixed_traffic(400, seed=1))
    packed = b"\n".join(mixed_traffic(300, seed=2))
    (space.traffic / "b.ndjson.gz").write_bytes(gzip.compress(packed, mtime=0))
    space.configure(
        batch={"records": 15},
        sinks=[
            {"type": "file", "name": "log", "path": "alerts.ndjson"},
            {"type": "webhook", "name": "hook", "url": receiver.url},
        ],
    )
    return space


def held(receiver: Receiver) -> dict[str, Any]:
    """What a receiver that heeds idempotency keys holds, without the mark of a repeat."""
    return {
        key: {name: value for name, value in request.json.items() if name != "repeat"}
        for key, request in receiver.once.items()
    }


@pytest.mark.parametrize("seed", range(RUNS))
def test_25_kills_at_random_points_change_nothing(tmp_path: Path, seed: int) -> None:
    with receiving() as calm, receiving() as shaken:
        untouched = workspace(tmp_path / "untouched", calm)
        done = untouched.run("run", "--config", str(untouched.config))
        assert done.returncode == 0, done.stderr

        killed = workspace(tmp_path / "killed", shaken)
        harness = subprocess.run(
            [sys.executable, "-m", HARNESS, str(killed.config), str(KILLS), str(seed)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert harness.stdout.strip() == f"{{'signal 9': {KILLS}}} exit 0", harness.stderr

    expected = snapshot(untouched.folder / "data")
    assert snapshot(killed.folder / "data") == expected
    assert deliveries(killed.folder / "data") == deliveries(untouched.folder / "data")
    assert held(shaken) == held(calm)
    lines = [
        (space.folder / "alerts.ndjson").read_text().splitlines() for space in (untouched, killed)
    ]
    assert len(lines[0]) == len(lines[1]) == len(set(lines[1]))
    assert all(expected.values()), "the comparison would be of nothing"
    assert {row["rule.id"] for row in expected["alerts"]} >= {
        "category-not-allowed",
        "unregistered-subprocessor",
        "plaintext-http",
        "pii-in-url",
    }
