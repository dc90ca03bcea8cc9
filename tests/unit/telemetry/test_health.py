"""When the program counts as alive, and when as ready."""

import pytest

from monitor.clock import ManualClock
from monitor.telemetry.health import Health
from tests.support.moments import at

LIMIT = 10.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(12))


@pytest.fixture
def health(clock: ManualClock) -> Health:
    health = Health(clock, LIMIT)
    health.started("scan")
    return health


def test_a_part_is_ready_once_it_says_so(health: Health) -> None:
    assert health.unready() == ["scan"]
    health.ready("scan")
    assert health.unready() == []
    health.ready("scan", ready=False)  # its partitions went elsewhere
    assert health.unready() == ["scan"]


def test_nothing_is_ready_before_it_starts(clock: ManualClock) -> None:
    assert Health(clock).unready() == ["nothing has started"]


def test_a_part_without_work_lives_as_long_as_it_looks_for_some(
    health: Health, clock: ManualClock
) -> None:
    health.ready("scan")
    for _ in range(100):
        clock.advance(LIMIT - 1)
        health.polled("scan", behind=False)
        assert health.stalled() == []
    clock.advance(LIMIT + 1)
    assert health.stalled() == ["scan: has not looked for work for 11 s"]


def test_a_part_with_work_has_to_commit(health: Health, clock: ManualClock) -> None:
    health.ready("scan")
    for _ in range(6):  # it polls, and never commits
        health.polled("scan", behind=True)
        clock.advance(2)
    assert health.stalled() == ["scan: has work and has not committed for 12 s"]
    health.committed("scan")
    assert health.stalled() == []


def test_work_that_comes_after_a_long_rest_gets_its_time(
    health: Health, clock: ManualClock
) -> None:
    health.ready("scan")
    clock.advance(1000)
    health.polled("scan", behind=False)
    health.polled("scan", behind=True)
    clock.advance(LIMIT - 1)
    assert health.stalled() == []
    clock.advance(2)
    assert len(health.stalled()) == 1


def test_a_long_restore_is_not_a_stall(health: Health, clock: ManualClock) -> None:
    clock.advance(1000)
    assert health.stalled() == []


def test_a_part_that_is_given_nothing_to_look_at_is_stalled(
    health: Health, clock: ManualClock
) -> None:
    """A consumer that was put out of its group looks, and finds nothing for ever."""
    health.ready("scan")
    clock.advance(1000)
    health.ready("scan", ready=False)
    for _ in range(4):
        health.polled("scan", behind=False)
        assert health.stalled() == []
        clock.advance(3)
    health.polled("scan", behind=False)
    (told,) = health.stalled()
    assert told == "scan: has looked for work for 12 s and been given no partitions"
    health.ready("scan")
    assert health.stalled() == []


def test_one_part_that_hangs_is_named_and_one_that_ended_is_not(
    health: Health, clock: ManualClock
) -> None:
    health.started("alert")
    for part in ("scan", "alert"):
        health.ready(part)
    clock.advance(LIMIT + 1)
    health.ended("alert")
    assert [line.split(":")[0] for line in health.stalled()] == ["scan"]
