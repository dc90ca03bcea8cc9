"""Verdicts: what they change in the baselines, and that they can be stored and replayed."""

from datetime import datetime, timedelta
from functools import cache

import msgspec
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.state import hours_since_1970
from detectors.records import Feedback, Finding
from detectors.records.alert import Verdict
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, quiet_weeks, run

KEY = ("egress", "hubspot", "crm", EMAIL)


def verdict(said: Verdict, rule: str = "volume-high", moment: datetime | None = None) -> Feedback:
    moment = moment or at(10, day=14)
    return Feedback(
        at=moment,
        alert="a1",
        rule=rule,
        verdict=said,
        subprocessor="hubspot",
        services=("crm",),
        categories=(EMAIL,),
        since=at(0, day=14),
        until=moment,
    )


def alarmed(times: int = 5, hours: int = 5) -> Baseline:
    """A baseline of 30 an hour that has had `hours` of so many times more."""
    stage = calm()
    assert hours_of(stage, times, 0, hours), "the comparison would be of nothing"
    return stage


def calm() -> Baseline:
    """A baseline that has seen two weeks of 30 an hour."""
    stage = baseline()
    restore(stage, _two_weeks())
    return stage


@cache
def _two_weeks() -> list[tuple[str, bytes]]:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(0, day=14))
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def hours_of(stage: Baseline, times: int, first: int, hours: int, day: int = 14) -> list[Finding]:
    found: list[Finding] = []
    for hour in range(first, first + hours):
        moment = at(hour, 20, day=day)
        sums = [part(moment, 30 * times), part(moment, 30 * times, category=ANY_CATEGORY)]
        found += run(stage, sums, moment + MINUTE)
    return found


def test_expected_rescales_what_is_usual_at_once() -> None:
    stage = alarmed()
    stage.answer(verdict("expected"))
    assert hours_of(stage, 5, 5, 6) == []
    assert hours_of(stage, 50, 11, 1)


def test_expected_refreshes_the_hour_under_way() -> None:
    stage = calm()
    assert run(stage, [part(at(0, 20, day=14), 150)], at(0, 21, day=14))
    stage.answer(verdict("expected"))
    assert run(stage, [part(at(0, 25, day=14), 9)], at(0, 26, day=14)) == []


def test_what_is_expected_once_and_very_large_is_expected_at_its_hour_alone() -> None:
    stage = alarmed(times=400, hours=1)
    stage.answer(verdict("expected"))
    assert hours_of(stage, 20, 5, 1)


def test_a_false_positive_raises_the_bar_of_its_key() -> None:
    stage, other = alarmed(), alarmed()
    row = stage.rows.index[KEY]
    for _ in range(10):
        stage.answer(verdict("false-positive"))
        hours_of(stage, 5, 5, 1)
        hours_of(other, 5, 5, 1)
    assert stage.rows.of["bar"][row] > 2
    assert other.rows.of["bar"][row] == 0


def test_a_true_positive_is_taken_out_of_what_was_learnt() -> None:
    attacked, spared = alarmed(times=100, hours=24), calm()
    learnt = mean(attacked, at(12, day=15))
    attacked.answer(verdict("true-positive", moment=at(0, day=15)))
    assert learnt > mean(spared, at(12, day=15)) + 1
    assert mean(attacked, at(12, day=15)) == pytest.approx(mean(spared, at(12, day=15)), rel=0.02)


def mean(stage: Baseline, hour: datetime) -> float:
    return float(stage.season.usual(hours_since_1970(hour)).mean[stage.rows.index[KEY]])


def test_a_verdict_on_another_sub_processor_changes_nothing() -> None:
    stage = alarmed()
    stage.answer(msgspec.structs.replace(verdict("expected"), subprocessor="stripe"))
    assert hours_of(stage, 5, 5, 2)


def test_expected_silence_is_not_told_again() -> None:
    stage = baseline()
    stripe = list(quiet_weeks(15, subprocessor="stripe"))
    assert run(stage, [*quiet_weeks(14), *stripe], at(8, day=14))
    quiet = Feedback(
        at=at(8, day=14),
        alert="a1",
        rule="volume-low",
        verdict="expected",
        subprocessor="hubspot",
        since=at(0, day=14),
        until=at(8, day=14),
    )
    stage.answer(quiet)
    assert run(stage, [], at(14, day=14)) == []


@pytest.mark.parametrize("said", ["expected", "false-positive", "true-positive"])
def test_after_a_restart_a_verdict_does_the_same(said: Verdict) -> None:
    stage = alarmed(times=6)
    stored = {key: value for key, value in dump_changes(stage) if value is not None}
    again = baseline()
    restore(again, stored.items())
    for one in (stage, again):
        one.answer(verdict(said))
    first, second = (hours_of(one, 7, 5, 4) for one in (stage, again))
    assert first == second


def test_a_verdict_before_anything_was_seen_is_nothing() -> None:
    stage = baseline()
    stage.answer(verdict("expected"))
    assert run(stage, [part(at(1), 3)], at(1) + timedelta(hours=2)) == []


def test_what_is_expected_of_an_hour_says_little_of_busiest_minutes() -> None:
    """Or a batch at an odd hour, a hundred times what came there, would let any minute pass."""
    stage = alarmed(times=400, hours=1)
    row = stage.rows.index[KEY]
    stage.rows.of["peak"][row] = 5_000.0
    stage.answer(verdict("expected"))
    assert stage.rows.of["peak"][row] <= mean(stage, at(0, day=15)) * 1.1


def test_after_a_true_positive_its_pace_and_its_day_are_not_usual() -> None:
    stage = alarmed(times=100, hours=12)
    row = stage.rows.index[(*KEY[:3], ANY_CATEGORY)]
    stage.answer(verdict("true-positive"))
    assert stage.rows.of["before"][row].max() < 60
    assert stage.rows.of["day"][row] < 24 * 60


def test_a_verdict_begins_the_sums_of_ratios_anew() -> None:
    stage = alarmed()
    row = stage.rows.index[KEY]
    stage.rows.of["ratio_sum"][row], stage.rows.of["ratio_top"][row] = 9.0, 9.0
    stage.answer(verdict("true-positive"))
    assert not stage.rows.of["ratio_top"][row].any()


def test_a_slow_leak_that_is_expected_is_not_told_again_after_a_week() -> None:
    assert _leaks("expected") == 1 < _leaks(None)


def test_a_false_slow_leak_raises_the_bar_of_its_key() -> None:
    stage = baseline()
    assert _leaks("false-positive", stage)
    assert stage.rows.of["bar"][stage.rows.index[KEY]] > 2


def _leaks(said: Verdict | None, stage: Baseline | None = None) -> int:
    """How often a leak of ten days is told, of which the first is answered."""
    stage, told = stage or baseline(), 0
    for day in range(27):
        grown = 1.06 ** max(min(day, 20) - 10, 0)
        sums = [
            part(at(hour, 7, day=day), int(60 * grown), category=category)
            for hour in range(0, 24, 3)
            for category in (EMAIL, ANY_CATEGORY)
        ]
        over = at(0, day=day + 1)
        found = any(one.rule == "slow-leak" for one in run(stage, sums, over))
        if found and said and not told:
            stage.answer(verdict(said, "slow-leak", moment=over))
        told += found
    return told
