"""Backtests: what would be one alert, what is won, lost and kept, and that replaying is the run."""

from datetime import datetime, timedelta

import msgspec
import pytest

from detectors.anomaly import BaselineSettings
from detectors.records import Finding
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import BEGINNING
from monitor.backtest import compare, episodes, replay
from tests.support.messages import alert
from tests.support.moments import at
from tests.support.naming import PlainNames
from tests.unit.anomaly.test_baseline import EMAIL, part, quiet_weeks


def finding(moment: datetime, rule: str = "volume-high", score: float = 7.0) -> Finding:
    return Finding(
        timestamp=moment,
        last=moment + timedelta(minutes=1),
        detected=moment + timedelta(minutes=1),
        id=f"{rule}-{moment.isoformat()}",
        kind="anomaly",
        rule=rule,
        message=f"{score:g}",
        channel="egress",
        subprocessor="hubspot",
        window=moment,
        score=score,
    )


def test_findings_within_a_day_are_one_alert_of_which_the_strongest_speaks() -> None:
    days = [finding(at(3)), finding(at(9), score=9.0), finding(at(9, day=3))]
    first, second = episodes(days, BEGINNING)
    assert (first.start, first.end, first.strongest.message) == (at(3), at(9, 1), "9")
    assert second.start == at(9, day=3)
    assert len(episodes(days, at(0, day=2))) == 1


def test_what_is_won_lost_and_kept_and_what_was_said_of_it() -> None:
    before = episodes([finding(at(3)), finding(at(3), "slow-leak")], BEGINNING)
    after = episodes([finding(at(5)), finding(at(3, day=5))], BEGINNING)
    confirmed = msgspec.structs.replace(
        alert(subprocessor="hubspot", status="closed", verdict="true-positive"),
        rule="slow-leak",
        opened=at(2),
        last=at(4),
    )
    found = compare(before, after, [confirmed])
    assert [(one.change, one.episode.rule, one.verdict) for one in found] == [
        ("lost", "slow-leak", "true-positive"),
        ("kept", "volume-high", ""),
        ("won", "volume-high", ""),
    ]


@pytest.mark.parametrize(("least", "rules"), [(20, {"volume-high"}), (400, set[str]())])
def test_the_same_sums_under_other_settings(least: int, rules: set[str]) -> None:
    sums = [
        *quiet_weeks(9),
        part(at(3, 5, day=9), 300),
        part(at(3, 5, day=9), 300, category=ANY_CATEGORY),
    ]
    found = replay(BaselineSettings(min_count=least), PlainNames(), sums)
    assert {one.rule for one in found if one.category == EMAIL} == rules
