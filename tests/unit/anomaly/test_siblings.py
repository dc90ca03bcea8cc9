"""One service speaks once: over the hour's turn too, and after a restart."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

DAYS = 4
NAME, PHONE = "user.name", "user.contact.phone_number"


def traffic(
    since: datetime, minutes: int, seed: int, times: dict[str, float] | None = None
) -> Iterator[PartialSum]:
    rng = np.random.default_rng(seed)
    for number in range(0, minutes, 2):
        for category in (EMAIL, NAME, PHONE):
            rate = 8 * (times or {}).get(category, 1.0)
            if amount := int(rng.poisson(rate)):
                yield part(since + timedelta(minutes=number), amount, category=category)


@cache
def _learnt() -> list[tuple[str, bytes]]:
    stage = baseline()
    assert run(stage, list(traffic(at(0), DAYS * 1440, seed=3)), at(0, day=DAYS)) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def learnt() -> Baseline:
    """At ten to nine, after a morning as usual."""
    stage = baseline()
    restore(stage, _learnt())
    assert run(stage, list(traffic(at(5, day=DAYS), 230, seed=4)), at(8, 50, day=DAYS)) == []
    return stage


def take(stage: Baseline, start: datetime, **times: float) -> list[Finding]:
    """Ten minutes."""
    by_name = {"email": EMAIL, "name": NAME, "phone": PHONE}
    found = traffic(start, 10, seed=5, times={by_name[name]: n for name, n in times.items()})
    return run(stage, list(found), start + timedelta(minutes=10))


def again(stage: Baseline) -> Baseline:
    """As it is after a restart."""
    stored = dict(_learnt()) | dict(dump_changes(stage))
    other = baseline()
    restore(other, [(key, value) for key, value in stored.items() if value is not None])
    return other


@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_told_in_one_hour_is_not_told_by_a_sibling_in_the_next(*, restarted: bool) -> None:
    stage = learnt()
    first = take(stage, at(8, 50, day=DAYS), email=20.0)
    stage = again(stage) if restarted else stage
    assert {one.category for one in first} == {EMAIL}
    assert NAME not in {one.category for one in take(stage, at(9, day=DAYS), name=8.0)}
    assert {one.category for one in take(stage, at(9, 10, day=DAYS), phone=200.0)} == {PHONE}


def test_who_spoke_goes_on_in_the_next_hour() -> None:
    stage = learnt()
    take(stage, at(8, 50, day=DAYS), email=10.0)
    assert {one.category for one in take(stage, at(9, day=DAYS), email=8.0)} == {EMAIL}


def test_an_hour_without_an_alarm_lets_siblings_speak_again() -> None:
    stage = learnt()
    take(stage, at(8, 50, day=DAYS), email=10.0)
    run(stage, list(traffic(at(9, day=DAYS), 120, seed=6)), at(11, day=DAYS))
    assert {one.category for one in take(stage, at(11, 30, day=DAYS), name=10.0)} == {NAME}
