"""What the figures say of the program's health."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from monitor.clock import ManualClock
from monitor.selfwatch.figures import Figures, figures
from monitor.selfwatch.judge import Judge, Subject, Verdicts
from monitor.selfwatch.settings import SelfMonitoringSettings
from monitor.telemetry.metrics import Metrics
from tests.support.moments import at

START = at(12)
SCAN = "scan"


class Course:
    """A judge that is shown figures, one set every five minutes."""

    def __init__(self, **settings: Any) -> None:
        self.judge = Judge(SelfMonitoringSettings(**settings))
        self.minute = 0

    def __call__(self, **shown: Any) -> Verdicts:
        verdicts = self.judge(START + timedelta(minutes=self.minute), Figures(**shown))
        self.minute += 5
        return verdicts


def test_nothing_is_said_of_what_cannot_be_judged() -> None:
    course = Course()
    assert course() == {}
    assert course(records=99, dead_letters=99, last_record={"traffic": 0}) == {}


def test_too_many_dead_letters_are_told_until_the_share_falls() -> None:
    course, subject = Course(dead_letter_ratio=0.1), Subject("dead-letters-many", SCAN)
    course(records=1_000)
    assert course(records=1_200, dead_letters=20)[subject] == ""
    assert course(records=1_400, dead_letters=60)[subject] == (
        "60 of the last 400 records could not be read"
    )
    # no traffic: nobody knows whether it is over
    for _ in range(4):
        quiet = course(records=1_400, dead_letters=60)
    assert subject not in quiet
    assert course(records=1_600, dead_letters=60)[subject] == ""


def test_little_coverage_is_told() -> None:
    course, subject = Course(coverage=0.5), Subject("coverage-low", SCAN)
    course()
    assert course(inspected=600_000, uninspected=400_000)[subject] == ""
    assert course(inspected=700_000, uninspected=1_300_000)[subject] == (
        "of the last 2,000,000 bytes 35% were inspected"
    )


def test_an_input_is_silent_after_its_time_and_well_once_it_has_spoken() -> None:
    course = Course(silent_minutes=10, silent_inputs={"slow": 60})
    traffic, slow = Subject("source-silent", "traffic"), Subject("source-silent", "slow")
    assert course(last_record={"traffic": 0, "slow": 0}) == {}
    course(last_record={"traffic": 0, "slow": 0})
    assert course(last_record={"traffic": 0, "slow": 0}) == {
        traffic: "the input traffic has brought nothing for 10 minutes"
    }
    spoke = (START + timedelta(minutes=15)).timestamp()
    assert course(last_record={"traffic": spoke, "slow": spoke}) == {traffic: "", slow: ""}


@pytest.mark.parametrize(
    ("lags", "told"),
    [
        ([2_000, 3_000, 4_000, 5_000], True),
        ([2_000, 3_000, 4_000, 1_999], None),  # it shrinks: neither well nor worse
        ([900, 3_000, 4_000, 5_000], None),  # the window began well
        ([5_000, 3_000, 2_000, 900], False),
        ([2_000, 3_000, 4_000], None),  # not a whole window yet
    ],
)
def test_a_lag_is_told_that_stays_large_and_grows(lags: list[int], told: bool | None) -> None:
    course, subject = Course(lag_records=1_000), Subject("lag-growing", "baseline")
    for lag in lags:
        verdicts = course(lags={"baseline": lag})
    assert (bool(verdicts[subject]) if subject in verdicts else None) is told


def test_a_sink_whose_deliveries_die_is_told_until_a_window_passes_without() -> None:
    course, subject = Course(), Subject("deliveries-dead", "chat")
    assert subject not in course(dead={"chat": 3})  # those of before are known
    assert "the sink chat" in course(dead={"chat": 4})[subject]
    assert course(dead={"chat": 4})[subject]
    assert course(dead={"chat": 4})[subject]
    assert course(dead={"chat": 4})[subject] == ""


def test_the_figures_are_those_of_the_metrics() -> None:
    metrics = Metrics(ManualClock(START))
    metrics.records.labels("scan").inc(7)
    metrics.records.labels("alert").inc(2)
    metrics.dead_letters.labels("not-json").inc(1)
    metrics.dead_letters.labels("too-large").inc(2)
    metrics.watch_outbox(lambda: {"chat": {"pending": 1, "dead": 4}})
    metrics.expect(["traffic", "other"])
    metrics.brought(["traffic"])
    metrics.looked_into(10, 4)
    metrics.looked_into(0, 6)
    assert figures(metrics.registry) == Figures(
        records=7,
        dead_letters=3,
        inspected=10,
        uninspected=10,
        dead={"chat": 4},
        last_record={"traffic": START.timestamp(), "other": 0},
    )
    assert figures(CollectorRegistry()) == Figures()
