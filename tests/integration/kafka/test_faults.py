"""Brokers that die or do not answer, workers that come and go, and zombies: nothing is lost, and
nothing counts twice."""

import os
import signal
from pathlib import Path
from threading import Event

from tests.integration.kafka.conftest import Told, events, filled, finish, require_exact
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.outcome import Outcome, outcome
from tests.support.services.broker import Broker

AWAY = float(os.environ.get("EGRESSWATCH_CHAOS_AWAY", "12"))
"""Seconds a broker does not answer: longer than a transaction may last. `make chaos` takes 60."""


def everything(space: KafkaSpace) -> Outcome:
    eventually("every stage has read everything", space.drained)
    eventually("the index has everything", space.indexed)
    return outcome(space.folder / "data", places=False)


def under_way(space: KafkaSpace) -> bool:
    """Whether the scan has begun and not ended."""
    return space.committed("scan", space.egress) > 0


def test_a_broker_killed_and_started_again(
    tmp_path: Path, broker: Broker, topic_prefix: str, untouched: tuple[Outcome, Told]
) -> None:
    space = filled(KafkaSpace(tmp_path / "space", broker.address, topic_prefix))
    with space.supervised():
        eventually("the scan is under way", lambda: under_way(space))
        broker.restart()
        found = everything(space)
    require_exact(space, found, untouched)


def test_a_broker_that_does_not_answer_for_longer_than_a_transaction_lasts(
    tmp_path: Path, broker: Broker, topic_prefix: str, untouched: tuple[Outcome, Told]
) -> None:
    space = filled(KafkaSpace(tmp_path / "space", broker.address, topic_prefix))
    with space.supervised():
        eventually("the scan is under way", lambda: under_way(space))
        with broker.paused():
            Event().wait(AWAY)
        found = everything(space)
    require_exact(space, found, untouched)


def test_two_workers_one_killed_and_one_added(
    space: KafkaSpace, untouched: tuple[Outcome, Told]
) -> None:
    space.prepare(
        worker={"records": 8, "session_seconds": 6},
    )
    stages = ("scan", "baseline", "alert", "deliver")
    first, second = space.start_worker(0, *stages, "index"), space.start_worker(1, *stages)
    third = None
    try:
        space.produce(events())
        eventually("the scan is under way", lambda: under_way(space))
        second.kill()
        third = space.start_worker(2, *stages)
        found = everything(space)
    finally:
        for worker in filter(None, (first, second, third)):
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)
    assert (first.returncode, second.returncode) == (0, -signal.SIGKILL)
    require_exact(space, found, untouched)


def test_a_zombie_is_fenced_and_ends(space: KafkaSpace, untouched: tuple[Outcome, Told]) -> None:
    """A worker hangs in the middle of its work; its successor takes the slot and finishes. When it
    wakes it must not add anything, and must end by itself."""
    filled(space)
    stages = ("scan", "baseline", "alert", "deliver")
    zombie = space.start_worker(0, *stages)
    try:
        eventually("the scan is under way", lambda: under_way(space))
        zombie.send_signal(signal.SIGSTOP)
        found = finish(space)
        zombie.send_signal(signal.SIGCONT)
        assert zombie.wait(60) == 3
    finally:
        zombie.kill()
        zombie.wait()
    log = (space.folder / "worker-0.log").read_text()
    assert "slot" in log, log
    require_exact(space, found, untouched)
    require_exact(space, finish(space), untouched)
