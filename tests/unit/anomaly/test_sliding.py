"""Windows of half an hour and an hour, which reach into the hour before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import numpy as np

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run

DAYS = 6
KEY = ("egress", "hubspot", "crm", EMAIL)


def both(window: datetime, values: int) -> Iterator[PartialSum]:
    for category in (EMAIL, ANY_CATEGORY) if values else ():
        yield part(window, values, category=category)


def steady(since: datetime, minutes: int, seed: int, rate: float = 6.0) -> list[PartialSum]:
    """Traffic in every third minute."""
    rng = np.random.default_rng(seed)
    return [
        one
        for number in range(0, minutes, 3)
        for one in both(since + timedelta(minutes=number), int(rng.poisson(rate)))
    ]


@cache
def _learnt() -> list[tuple[str, bytes]]:
    stage = baseline()
    assert run(stage, steady(at(0), DAYS * 1440, seed=4), at(0, day=DAYS)) == []
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def learnt() -> Baseline:
    stage = baseline()
    restore(stage, _learnt())
    return stage


def test_a_restart_forgets_none_of_the_tens_of_minutes_before_the_hour() -> None:
    stage = learnt()
    run(stage, steady(at(9, day=DAYS), 40, seed=5), at(10, day=DAYS))
    stored = dict(_learnt()) | dict(dump_changes(stage))
    again = baseline()
    restore(again, [(key, value) for key, value in stored.items() if value is not None])
    next_minute = list(both(at(10, day=DAYS), 1))
    for one in (stage, again):
        run(one, next_minute, at(10, 1, day=DAYS))
    blocks = [one.rows.running.of["blocks"][one.rows.index[KEY]] for one in (stage, again)]
    assert blocks[0].any()
    assert blocks[0].tolist() == blocks[1].tolist()


def test_a_burst_that_was_told_is_not_told_for_an_hour_more() -> None:
    stage, ten = learnt(), at(10, day=DAYS)
    run(stage, steady(at(9, day=DAYS), 55, seed=5), at(9, 55, day=DAYS))
    burst = list(both(at(9, 56, day=DAYS), 900))
    assert {one.rule for one in run(stage, burst, at(9, 57, day=DAYS))} == {"volume-high"}
    run(stage, steady(ten, 9, seed=6), ten + timedelta(minutes=10))
    after = steady(ten + timedelta(minutes=10), 50, seed=7)
    assert run(stage, after, at(11, day=DAYS)) == []


def test_what_was_told_before_the_hour_is_not_said_to_be_counted() -> None:
    """A burst goes on over the hour's turn: so many minutes are named as are in the number."""
    stage, since = learnt(), at(9, 40, day=DAYS)
    run(stage, steady(at(8, day=DAYS), 100, seed=5), since)
    burst = [one for number in range(60) for one in both(since + number * MINUTE, 90)]
    found = run(stage, burst, since + 60 * MINUTE)
    later = [one for one in found if one.timestamp >= at(10, 12, day=DAYS)]
    assert {one.evidence.minutes for one in later} & set(range(11, 41))
    for one in later:
        assert one.evidence.observed == 90 * (one.evidence.minutes or 0)


def test_a_restart_after_an_alarm_changes_nothing_of_a_busy_day() -> None:
    """What is usual is read anew then, with the alarm of the hour."""
    stage, again, ten = learnt(), baseline(), at(10, day=DAYS)
    run(stage, steady(at(8, day=DAYS), 141, seed=5, rate=10), ten + timedelta(minutes=21))
    busy = stage.usual.pace[stage.rows.index[KEY]]
    assert busy > 1.05
    burst = list(both(ten + timedelta(minutes=21), 900))
    assert run(stage, burst, ten + timedelta(minutes=22))
    stored = dict(_learnt()) | dict(dump_changes(stage))
    restore(again, [(key, value) for key, value in stored.items() if value is not None])
    rest = steady(ten + timedelta(minutes=24), 30, seed=6)
    found = [run(one, rest, at(11, day=DAYS)) for one in (stage, again)]
    assert found[0]
    assert found[0] == found[1]


def test_on_a_quiet_day_a_burst_is_held_against_what_such_a_day_has() -> None:
    """What is said to be usual is what was tested: at the hour's pace, within the range."""
    stage, ten = learnt(), at(10, day=DAYS)
    run(stage, steady(at(7, day=DAYS), 201, seed=5, rate=2), ten + timedelta(minutes=21))
    row = stage.rows.index[KEY]
    (found,) = run(stage, [part(ten + timedelta(minutes=21), 150)], ten + timedelta(minutes=22))
    told = found.evidence
    assert told.expected is not None
    assert told.minutes <= 10
    assert told.expected < 0.8 * stage.usual.mean[row] * told.minutes / 60
    assert (told.low or 0) < told.expected < (told.high or 0)


def test_what_an_outage_held_back_may_come_in_several_minutes() -> None:
    stage, half = learnt(), at(10, 30, day=DAYS)
    run(stage, steady(at(9, day=DAYS), 60, seed=5), half)
    caught_up = [*both(half, 40), *both(half + MINUTE, 60)]
    assert run(stage, caught_up, half + 2 * MINUTE) == []
