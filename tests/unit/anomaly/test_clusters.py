"""Requests that come several at once, in hours that bring next to none."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import numpy as np

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.state import hours_since_1970
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, run
from tests.unit.anomaly.test_sliding import both

DAYS = 14
NIGHT, NOON = at(2, day=DAYS), at(12, day=DAYS)


def nights(seed: int, session: int) -> Iterator[PartialSum]:
    """Of a service that is busy by day; at night one request in two hours, so many at once."""
    rng = np.random.default_rng(seed)
    for hour in range(DAYS * 24):
        counts = rng.poisson(2, 20) if 8 <= hour % 24 < 20 else np.zeros(20, int)
        counts[rng.integers(20)] += session * rng.poisson(0.5 / session) if hour % 24 < 6 else 0
        for number, count in enumerate(counts.tolist()):
            yield from both(at(hour, 3 * number), count)
        yield part(at(hour, 59), 30, category=ANY_CATEGORY, subprocessor="stripe")  # feed is there


@cache
def _learnt(session: int) -> list[tuple[str, bytes]]:
    stage = baseline()
    run(stage, list(nights(1, session)), at(0, day=DAYS))
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def learnt(session: int) -> Baseline:
    stage = baseline()
    restore(stage, _learnt(session))
    return stage


def at_once(stage: Baseline, hour: datetime, category: str) -> float:
    row = stage.rows.index["egress", "hubspot", "crm", category]
    return float(stage.season.usual(hours_since_1970(hour)).unit[row])


def test_sessions_at_night_are_learnt_and_say_little_of_the_day() -> None:
    stage = learnt(session=10)
    for category in (ANY_CATEGORY, EMAIL):
        assert 4 < at_once(stage, NIGHT, category) < 12
        assert at_once(stage, NOON, category) < 1.5


def test_requests_that_come_by_themselves_are_no_clusters() -> None:
    assert at_once(learnt(session=1), NIGHT, ANY_CATEGORY) < 1.3


def test_one_session_more_is_usual_and_a_hundred_requests_are_not() -> None:
    found = []
    for session in (20, 100):
        stage = learnt(session=10)
        run(stage, [], NIGHT)
        more = [
            one
            for number in range(5)
            for one in both(NIGHT + timedelta(minutes=number), session // 5)
        ]
        found.append([one.rule for one in run(stage, more, NIGHT + timedelta(minutes=5))])
    assert found[0] == []
    assert "volume-high" in found[1]


def test_an_attack_at_night_does_not_become_a_session() -> None:
    stage = learnt(session=1)
    run(stage, [*both(NIGHT, 400)], NIGHT + timedelta(hours=1))
    assert at_once(stage, NIGHT + timedelta(days=1), ANY_CATEGORY) < 2
