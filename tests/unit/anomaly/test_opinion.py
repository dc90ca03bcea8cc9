"""Second opinions: which model, what it says, and what outlives river's own state."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest

from detectors.anomaly.opinion import DriftSettings, OpinionSettings, Panel
from detectors.anomaly.opinion.drift import DriftModel
from detectors.anomaly.opinion.history import KEPT, History
from detectors.anomaly.opinion.model import RiverModel
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames

DEVIATION = OpinionSettings(model="StandardAbsoluteDeviation")
ADWIN = DriftSettings(detector="ADWIN")


def hour(number: int) -> datetime:
    return MONDAY + timedelta(hours=number)


def part(number: int, values: int, to: str = "hubspot") -> PartialSum:
    return PartialSum(
        window=hour(number) + timedelta(minutes=20),
        channel="egress",
        subprocessor=to,
        registered=True,
        service="crm",
        category="user.contact.email",
        events=values,
        values=values,
    )


def usual(hours: int, level: int = 100) -> list[int]:
    random = Random(3)
    return [level + random.randint(-9, 9) for _ in range(hours)]


def found(panel: Panel, amounts: list[int], start: int = 0) -> list[Finding]:
    return list(_found(panel, amounts, start))


def _found(panel: Panel, amounts: list[int], start: int) -> Iterator[Finding]:
    for number, values in enumerate(amounts, start):
        if values:
            panel.fold(part(number, values))
        yield from panel.close_hour(hour(number))


def panel(second: OpinionSettings | None = None, drift: DriftSettings | None = None) -> Panel:
    return Panel(second, drift, PlainNames())


def test_a_strange_hour_is_told_with_what_it_was_compared_with() -> None:
    [finding] = found(panel(DEVIATION), [*usual(24 * 14), 900])

    assert finding.rule == "second-opinion"
    assert finding.subprocessor == "hubspot"
    assert finding.values == 900
    assert finding.window == hour(24 * 14)
    assert finding.message == (
        "personal data to Hubspot: 900 values in the hour from Monday 00:00 UTC, where 96 are "
        "usual on weekdays 00:00 (91-108, 10 visits); river's StandardAbsoluteDeviation finds it "
        "stranger than each of the 288 hours before"
    )


def test_a_silent_hour_is_strange_too() -> None:
    [finding] = found(panel(DEVIATION), [*usual(24 * 14), 0])
    assert finding.evidence.observed == 0


def test_what_is_strange_but_hardly_more_is_not_told() -> None:
    assert not found(panel(DEVIATION), [*usual(24 * 14), 150])


def test_without_settings_nothing_is_looked_at() -> None:
    silent = panel()
    assert not found(silent, [*usual(24 * 14), 9000])
    assert not list(silent.dump_changes())


def test_requests_without_personal_data_do_not_count() -> None:
    watching = panel(DEVIATION)
    watching.fold(msgspec.structs.replace(part(0, 5), category=ANY_CATEGORY))
    assert not watching.hours


def test_a_level_that_changed_for_good_is_told_once() -> None:
    amounts = [*usual(24 * 14), *usual(24 * 5, level=200)]
    [finding] = found(panel(drift=ADWIN), amounts)

    assert finding.rule == "level-changed"
    assert hour(24 * 14) < finding.window < hour(24 * 16)
    assert "river's ADWIN" in finding.message
    assert finding.message.endswith("2 times that of the same hours a week before")


@pytest.mark.parametrize("detector", ["ADWIN", "PageHinkley", "KSWIN"])
def test_daily_and_weekly_rhythm_is_no_drift(detector: str) -> None:
    week = [10 if n // 24 >= 5 else 200 if 8 <= n % 24 < 18 else 20 for n in range(24 * 7)]
    assert not found(panel(drift=DriftSettings(detector=detector)), week * 4)


def stored(one: Panel) -> list[tuple[str, bytes]]:
    return [(name, value) for name, value in one.dump_changes() if value is not None]


def restored(pairs: list[tuple[str, bytes]], like: Panel) -> Panel:
    for name, value in pairs:
        like.restore(*msgspec.json.decode(name, type=tuple[str, str, str]), value)
    return like


def test_a_restored_panel_goes_on_as_the_stored_one() -> None:
    first = panel(DEVIATION, ADWIN)
    found(first, usual(24 * 10))
    first.fold(part(240, 50))
    second = restored(stored(first), panel(DEVIATION, ADWIN))

    after = [*usual(24 * 20), 700, *usual(24 * 3, level=250)]

    told = found(second, after, start=240)
    assert told == found(first, after, start=240)
    assert {finding.rule for finding in told} == {"second-opinion", "level-changed"}
    assert stored(second) == stored(first)


def test_another_model_starts_with_what_the_former_one_saw() -> None:
    first = panel(DEVIATION)
    found(first, usual(24 * 14))
    other = OpinionSettings(model="GaussianScorer", parameters={"grace_period": 24})

    [finding] = found(restored(stored(first), panel(other)), [900], start=24 * 14)

    assert "river's GaussianScorer" in finding.message


def test_state_holds_our_own_data_and_nothing_of_rivers() -> None:
    model = RiverModel(DEVIATION)
    for number, value in enumerate(usual(100)):
        model.learn_one(hour(number), float(value))
    version, _, history = msgspec.msgpack.decode(model.dump())
    assert version == 1
    assert [value for _, value in History.load(history)] == usual(100)


def test_a_model_is_at_any_time_what_replaying_its_state_makes() -> None:
    """Also when the older half of the hours has gone."""
    model = RiverModel(DEVIATION)
    for number, value in enumerate(usual(KEPT * 3 + 5)):
        model.learn_one(hour(number), float(value))
    again = RiverModel.load(model.dump())
    following = hour(KEPT * 3 + 5)
    assert len(model.history) < 2 * KEPT
    assert again.take_one(following, 130.0) == model.take_one(following, 130.0)


def test_a_drift_detector_is_at_any_time_what_replaying_its_state_makes() -> None:
    """The level changes just after the older half of the hours has gone."""
    detector = DriftModel(ADWIN)
    for number, value in enumerate([*usual(2 * KEPT - 12), *usual(12, level=200)]):
        detector.take_one(hour(number), float(value))
    again = DriftModel.load(detector.dump())
    later = [(hour(2 * KEPT + n), float(value)) for n, value in enumerate(usual(60, level=200))]

    drifts = [detector.take_one(*one) for one in later]

    assert len(detector.history) == KEPT + 60
    assert any(drifts)
    assert [again.take_one(*one) for one in later] == drifts


def test_an_hour_is_learnt_once_and_in_order() -> None:
    model = RiverModel(DEVIATION)
    model.learn_one(hour(5), 1.0)
    before = model.dump()
    for number in (5, 4):
        with pytest.raises(ValueError, match="once and in order"):
            model.learn_one(hour(number), 1.0)
    assert model.dump() == before


def test_hours_may_be_missing() -> None:
    history = History()
    for number in (0, 1, 24 * 7, 24 * 7 + 2):
        history.add(hour(number), float(number))
    assert history.week_before(hour(24 * 7)) == 0.0
    assert history.week_before(hour(24 * 7 + 2)) is None
    assert history.like(hour(24)) == [0.0, 24.0 * 7]
    assert list(History.load(history.dump())) == list(history)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (OpinionSettings(model="Halfspace"), "no 'Halfspace'.*HalfSpaceTrees"),
        (OpinionSettings(model="HalfSpaceTrees", parameters={"trees": 3}), "no parameter trees"),
        (OpinionSettings(model="HalfSpaceTrees", parameters={"n_trees": "x"}), "fails"),
        (
            OpinionSettings(
                model="PredictiveAnomalyDetection",
                parameters={"predictive_model": {"model": "Prophet"}},
            ),
            "no 'Prophet'.*HoltWinters",
        ),
    ],
)
def test_a_wrong_model_is_told_at_the_start(settings: OpinionSettings, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        panel(settings)


def test_a_wrong_detector_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"no 'Adwin'.*ADWIN"):
        panel(drift=DriftSettings(detector="Adwin"))


def test_without_river_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(ValueError, match=r"egresswatch\[river\]"):
        panel(DEVIATION)
    with pytest.raises(ValueError, match=r"egresswatch\[river\]"):
        panel(drift=ADWIN)
    panel()


@pytest.mark.parametrize("kind", [RiverModel, DriftModel])
def test_broken_state_is_refused(kind: type[RiverModel | DriftModel]) -> None:
    for data in (b"", b"no", b"\x93\x63\xc4\x00\xc4\x00"):
        with pytest.raises(ValueError, match="state"):
            kind.load(data)
