"""What a pause of minutes has held back may come at once, and no more."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

import numpy as np
import pytest

from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum
from detectors.windows import MINUTE
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import baseline, run
from tests.unit.anomaly.test_sliding import DAYS, both

RESUMES = at(10, 25, day=DAYS)
PER_MINUTE = 6


def minutes(since: datetime, number: int, seed: int) -> list[PartialSum]:
    rng = np.random.default_rng(seed)
    return [
        one
        for minute, values in enumerate(rng.poisson(PER_MINUTE, number).tolist())
        for one in both(since + minute * MINUTE, values)
    ]


@cache
def _learnt() -> list[tuple[str, bytes]]:
    stage = baseline()
    assert run(stage, minutes(at(0), DAYS * 1440, seed=4), at(0, day=DAYS)) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def told(pause: int, bursts: Sequence[tuple[int, int]]) -> list[Finding]:
    """Of a morning with a pause of so many minutes until 10:25, and then besides what is usual
    (minutes later, minutes' worth) in three minutes each."""
    stage, stopped = baseline(), RESUMES - pause * MINUTE
    restore(stage, _learnt())
    morning = minutes(at(8, day=DAYS), 145 - pause, seed=5)
    assert run(stage, morning, stopped) == []
    assert run(stage, [], RESUMES) == []
    after = [*minutes(RESUMES, 30, seed=6), *_at_once(bursts)]
    return run(stage, sorted(after, key=lambda one: one.window), RESUMES + 30 * MINUTE)


def _at_once(bursts: Sequence[tuple[int, int]]) -> Iterator[PartialSum]:
    for later, worth in bursts:
        for number in range(3):
            yield from both(RESUMES + (later + number) * MINUTE, worth * PER_MINUTE // 3)


@pytest.mark.parametrize("pause", [18, 25, 40])
def test_what_was_due_in_a_pause_may_come_in_three_minutes(pause: int) -> None:
    assert told(0, [(0, pause)])
    assert told(pause, [(0, pause)]) == []


def test_more_than_was_held_back_is_told() -> None:
    assert told(20, [(0, 4 * 20)])


def test_what_has_come_excuses_nothing_that_follows() -> None:
    assert told(25, [(0, 25)]) == []
    assert told(25, [(0, 25), (12, 25)])
