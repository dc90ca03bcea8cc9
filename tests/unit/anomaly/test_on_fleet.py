"""The baselines on a small fleet: what is new is found, all of it, and nothing else is called so.

Ten minutes a sum: enough for names. How bursts and silences are found takes minutes of all keys,
and is measured by `make bench-anomaly`.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from detectors.anomaly import Baseline, BaselineSettings
from tests.support.fleet import Fleet, Scale
from tests.support.fleet.judge import alarm_of, judge
from tests.support.naming import PlainNames

SMALL = Scale(
    subprocessors=5,
    categories=3,
    days=14,
    quiet_days=10,
    step=10,
    kinds=("new-category", "new-destination", "new-service"),
)


ORIGIN = replace(SMALL, kinds=("new-region", "new-principal"))


@pytest.mark.parametrize("scale", [SMALL, ORIGIN], ids=["content", "origin"])
def test_new_names_are_all_found_and_only_they(scale: Scale) -> None:
    fleet = Fleet(3, scale)
    baseline = Baseline(BaselineSettings(), PlainNames())
    alarms = [
        alarm_of(finding)
        for window, sums in fleet.sums()
        for finding in baseline.take(sums, window + timedelta(minutes=1))
    ]

    verdict = judge(fleet, alarms)

    assert len(verdict.found) >= 3
    assert not [found for found in verdict.found if not found.in_time]
    assert not [alarm for alarm in verdict.false if alarm.rule.startswith("new-")]
