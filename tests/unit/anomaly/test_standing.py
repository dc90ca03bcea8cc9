"""What is in force, as it is shown: it follows the verdicts and the controller."""

from math import log, log10

import msgspec
import pytest

from detectors.anomaly.standing import fleet_standing, key_standings, together, verdicts_on
from detectors.records import Feedback
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, part, quiet_weeks, run


def verdict(kind: str, rule: str = "volume-high", **whose: object) -> Feedback:
    given = {"services": ("crm",), "categories": (EMAIL,), **whose}
    return Feedback(
        at=at(4, day=14),
        alert="a",
        verdict=kind,
        rule=rule,
        subprocessor="hubspot",
        since=at(3, day=14),
        until=at(4, day=14),
        **given,
    )


def test_a_key_shows_what_is_usual_and_what_a_false_positive_changed() -> None:
    stage = baseline()
    run(stage, [*quiet_weeks(14), part(at(3, 5, day=14), 1200)], at(3, 30, day=14))
    before, of_all = sorted(key_standings(stage), key=lambda key: key.category, reverse=True)
    assert before.key == ("egress", "hubspot", "crm", EMAIL)
    assert of_all.key == ("egress", "hubspot", "crm", ANY_CATEGORY)
    assert (before.metric, of_all.metric) == ("values", "events")
    assert 25 < before.usual < 35
    assert before.visits == 10
    assert before.raised == 0.0
    assert before.told == before.seen == at(3, day=14)

    stage.answer(verdict("false-positive"))

    after = next(key for key in key_standings(stage) if key.category == EMAIL)
    assert after.raised == -1.0
    assert after.bar == pytest.approx(before.bar - 1.0, abs=0.011)  # both are rounded
    assert after.told is None


def test_the_fleet_shows_its_bars_and_what_the_controller_added() -> None:
    stage = baseline(incidents_a_day=2)
    run(stage, list(quiet_weeks(3)), at(0, day=3))
    calm = fleet_standing(stage)
    assert (calm.keys, calm.budget, calm.raised) == (2, 2.0, 0.0)
    stage.fleet.calibration.raised = log(100)
    strict = fleet_standing(stage)
    assert strict.raised == -2.0
    assert {name: round(bar + 2, 3) for name, bar in strict.bars.items()} == calm.bars
    assert calm.bars["windows"] < log10(0.01 / 168)


def test_partitions_add_up_and_the_strictest_bar_speaks() -> None:
    one = fleet_standing(baseline())
    other = msgspec.structs.replace(one, keys=3, bars={"hour": -7.0}, incidents=1.0)
    strict = msgspec.structs.replace(one, keys=4, bars={"hour": -8.0, "leak": -3.0}, incidents=2.0)
    both = together([other, strict])
    assert (both.keys, both.incidents, both.budget) == (7, 3.0, 10.0)
    assert both.bars == {"hour": -8.0, "leak": -3.0}
    with pytest.raises(ValueError, match="no baseline"):
        together([])


def test_only_verdicts_that_concern_a_key_are_shown_beside_it() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(3)), at(0, day=3))
    key = next(one for one in key_standings(stage) if one.category == EMAIL)
    mine = [verdict("expected"), verdict("true-positive", services=(), categories=())]
    others = [
        verdict("duplicate"),
        verdict("expected", services=("billing",)),
        verdict("expected", categories=("user.name",)),
        verdict("expected", rule="weak-tls"),
        msgspec.structs.replace(verdict("expected"), subprocessor="stripe"),
    ]
    assert verdicts_on(key, [*mine, *others]) == mine
