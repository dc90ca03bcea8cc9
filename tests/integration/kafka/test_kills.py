"""Killed anywhere, the outcome is that of a run without kills."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from tests.integration.kafka.conftest import finish
from tests.support.kafka_space import KafkaSpace
from tests.support.outcome import Outcome, require_same
from tests.support.scenario import closing, scenario

HARNESS = "tests.support.killed_worker"
KILLS = int(os.environ.get("EGRESSWATCH_CHAOS_KILLS", "5"))
"""How often each stage is killed; `make chaos` asks for many."""


def filled(space: KafkaSpace) -> KafkaSpace:
    """Topics and events; transactions so small that there are many."""
    space.prepare(worker={"records": 8, "slot": 0}, baseline={"threshold": 4})
    space.produce((number % 2, line) for number, line in enumerate(scenario()))
    space.produce((number, closing(number)) for number in range(2))
    return space


def told(space: KafkaSpace) -> list[tuple[str, str]]:
    """What the sink has been told: the key of each message, and why it was sent."""
    lines = (space.folder / "alerts.ndjson").read_bytes().splitlines()
    return sorted((line["id"], line["why"]) for line in map(msgspec.json.decode, lines))


@pytest.fixture(scope="module")
def untouched(
    tmp_path_factory: pytest.TempPathFactory, kafka: str
) -> tuple[Outcome, list[tuple[str, str]]]:
    space = KafkaSpace(tmp_path_factory.mktemp("u") / "space", kafka, f"test-{uuid4().hex}.")
    found = finish(filled(space))
    assert all(found.values()), "the comparison would be of nothing"
    return found, told(space)


@pytest.mark.parametrize("stage", ["scan", "baseline", "alert", "deliver", "index"])
def test_kills_at_random_points_change_nothing(
    space: KafkaSpace, untouched: tuple[Outcome, list[tuple[str, str]]], stage: str
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

    expected, messages = untouched
    require_same(expected, finish(space))
    assert told(space) == messages
    flows = [record.key() for record in space.records(space.topics.flows.name)]
    assert len(flows) == len(set(flows)) == len(expected["flows"])
