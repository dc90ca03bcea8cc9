"""Killed anywhere, the outcome is that of a run without kills."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.integration.kafka.conftest import Told, filled, finish, require_exact
from tests.support.kafka_space import KafkaSpace
from tests.support.outcome import Outcome

HARNESS = "tests.support.killed_worker"
AIMED = "tests.support.aimed_kill"
KILLS = int(os.environ.get("EGRESSWATCH_CHAOS_KILLS", "5"))
"""How often each stage is killed; `make chaos` asks for many."""


@pytest.mark.parametrize("stage", ["scan", "baseline", "alert", "deliver", "index"])
def test_kills_at_random_points_change_nothing(
    space: KafkaSpace, untouched: tuple[Outcome, Told], stage: str
) -> None:
    filled(space)
    harness = subprocess.run(
        [sys.executable, "-m", HARNESS, str(space.config), stage, str(KILLS), "1"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60 * KILLS,
        check=False,
    )
    ended = msgspec.json.decode(harness.stdout, type=dict[str, int])
    # an attempt in which nothing is left to do ends by its alarm
    assert ended.pop("signal 9") > KILLS // 2, harness.stderr
    assert set(ended) <= {"signal 14"}, harness.stderr

    require_exact(space, finish(space), untouched)


@pytest.mark.parametrize("moment", ["before-offsets", "before-commit", "in-restore", "other-slot"])
def test_aimed_kills_twice_within_a_transaction_s_timeout(
    space: KafkaSpace, untouched: tuple[Outcome, Told], moment: str
) -> None:
    """The baseline dies with its changelog flushed and its offsets not sent (or not committed), and
    its successor dies in the same place, or while it restores: at once, so that the broker still
    holds the first one's transaction open."""
    filled(space, session_seconds=6)  # partitions move before the broker ends the transaction
    harness = subprocess.run(
        [sys.executable, "-m", AIMED, str(space.config), moment],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert harness.stdout.split() == ["9", "9"], harness.stderr
    require_exact(space, finish(space), untouched)
