"""Work that has moved by an hour: seldom, but for the weeks in which clocks have changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detectors.anomaly.daylight import earlier
from detectors.anomaly.state import hours_since_1970
from detectors.records import PartialSum
from tests.unit.anomaly.test_baseline import baseline, run
from tests.unit.anomaly.test_sliding import both

DAYS = 10
OF_MORNING, OF_DAY = 3.0, 12.0
"""Requests every third minute until nine, and from nine on."""
CALM = datetime(2026, 1, 19, tzinfo=UTC)
FORWARD, BACK = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
"""Mondays; the day before the latter two New York's clocks went forward, and Berlin's back."""


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-02-10", 0),
        ("2026-03-07", 0),
        ("2026-03-09", 1),  # New York
        ("2026-03-25", 0),
        ("2026-03-30", 1),  # Berlin
        ("2026-04-20", 0),
        ("2026-10-26", -1),  # Berlin
        ("2026-11-14", -1),  # New York
        ("2026-11-20", 0),
    ],
)
def test_clocks_have_changed_for_two_weeks(day: str, hours: int) -> None:
    moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    assert earlier(hours_since_1970(moment)) == hours


def mornings(start: datetime) -> Iterator[PartialSum]:
    rng = np.random.default_rng(3)
    for number in range(0, DAYS * 1440 + 8 * 60 + 10, 3):
        rate = OF_DAY if number % 1440 >= 9 * 60 else OF_MORNING
        yield from both(start + timedelta(minutes=number), int(rng.poisson(rate)))


@pytest.mark.parametrize(("start", "told"), [(CALM, True), (FORWARD, False), (BACK, True)])
def test_what_an_hour_later_would_explain_is_told_unless_clocks_went_forward(
    start: datetime, told: bool
) -> None:
    stage, until = baseline(), start + timedelta(days=DAYS, hours=8, minutes=10)
    run(stage, [*mornings(start)], until)
    more = [one for number in range(10) for one in both(until + timedelta(minutes=number), 8)]
    found = run(stage, more, until + timedelta(minutes=10))
    assert bool(found) is told
