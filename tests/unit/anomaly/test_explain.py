"""What findings say, in words."""

from datetime import timedelta

import pytest

from detectors.anomaly import explain
from detectors.anomaly.alarm import Alarm
from tests.support.moments import at


@pytest.mark.parametrize(
    ("hours", "lasted", "told"),
    [
        (1, 1, "0 in the hour from Monday 06:00 UTC"),
        (4, 4, "0 in the 4 hours from Monday 06:00 UTC"),
        (24, 27, "0 in the 24 hours from Monday 06:00 UTC"),  # a day, told when it may not be late
        (4, 73, "0 in the 4 hours that have traffic from Monday 06:00 UTC"),
    ],
)
def test_hours_of_a_silence_are_those_that_have_traffic(hours: int, lasted: int, told: str) -> None:
    alarm = Alarm(
        row=0,
        rule="volume-low",
        detector="quiet",
        metric="events",
        minutes=60,
        observed=0.0,
        expected=90.0,
        low=60.0,
        high=120.0,
        visits=9,
        surprise=12.0,
        likelihood=12.0,
        bar=11.0,
        hours=hours,
    )
    since = at(6)
    message = explain.silence("a", "to B", alarm, since, since + timedelta(hours=lasted))
    assert message == f"a to B: {told}, where 90 are usual"
