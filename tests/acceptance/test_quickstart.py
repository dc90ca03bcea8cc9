"""`make run` in small: a process of its own, two times over one folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.acceptance

CHECKOUT = Path(__file__).parents[2]
SMALL = ("--events", "800", "--days", "7", "--until", "2026-11-24")


class Runs(NamedTuple):
    """What two runs printed, and the folder after the second."""

    first: str
    second: str
    out: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    out = tmp_path_factory.mktemp("quickstart") / "out"
    return Runs(quickstart(out), quickstart(out), out)


def quickstart(out: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "deploy.quickstart", *SMALL, "--out", str(out)],
        cwd=CHECKOUT,
        env={**os.environ, "EGRESSWATCH_PSEUDONYM_KEY": "5a" * 32},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def without_speed(report: str) -> str:
    return report[report.index("Who got what") : report.index("The run")]


def test_it_finds_what_breaks_the_policy(runs: Runs) -> None:
    found = {line.split()[1] for line in runs.first.splitlines() if line.startswith("found ")}
    assert {"unregistered-destination:", "new-category:", "plaintext:", "pii-in-url:"} <= found
    assert "0 dead letters" in runs.first
    assert max(map(len, runs.first.splitlines())) <= 100


def test_a_second_run_starts_afresh_and_says_the_same(runs: Runs) -> None:
    assert without_speed(runs.second) == without_speed(runs.first)


def test_no_made_up_person_is_left_in_what_the_run_keeps_and_prints(runs: Runs) -> None:
    kept = [path for path in (runs.out / "data").iterdir() if path.is_file()]
    kept += [runs.out / "alerts.ndjson", runs.out / "incidents.json"]
    assert len(json.loads((runs.out / "incidents.json").read_text())) == 6
    assert sum(path.stat().st_size for path in kept) > 100_000
    assert not any(b"@example." in path.read_bytes() for path in kept)
    assert "@example." not in runs.first + runs.second
