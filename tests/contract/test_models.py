"""What every anomaly model must do, whatever it models."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly import Model
from detectors.anomaly.opinion.model import RiverModel
from detectors.anomaly.opinion.settings import OpinionSettings, Parameters
from tests.support.moments import MONDAY

New = Callable[[], Model]


def river(model: str, **parameters: object) -> Callable[[], RiverModel]:
    given: Parameters = dict(parameters)  # pyright: ignore[reportAssignmentType]
    return lambda: RiverModel(OpinionSettings(model=model, parameters=given))


HOLT_WINTERS = {"model": "HoltWinters", "alpha": 0.1, "beta": 0.01, "gamma": 0.3, "seasonality": 24}
MODELS: dict[str, New] = {
    "HalfSpaceTrees": river("HalfSpaceTrees", n_trees=5, height=6),
    "GaussianScorer": river("GaussianScorer", grace_period=24),
    "StandardAbsoluteDeviation": river("StandardAbsoluteDeviation"),
    "PredictiveAnomalyDetection": river(
        "PredictiveAnomalyDetection", predictive_model=HOLT_WINTERS, n_std=1e6
    ),
    "LODA": river("LODA", n_random_cuts=10),
}
counts = st.floats(0, 1e9, allow_nan=False)

pytestmark = pytest.mark.parametrize("new", MODELS.values(), ids=MODELS)


def learnt(new: New, values: list[float]) -> Model:
    model = new()
    for index, value in enumerate(values):
        model.learn_one(MONDAY + timedelta(hours=index), value)
    return model


def test_a_new_model_gives_no_score(new: New) -> None:
    assert new().score_one(MONDAY, 1e9) is None


def test_a_learnt_model_tells_the_usual_from_the_unusual(new: New) -> None:
    model = learnt(new, [100.0, 103.0, 97.0, 101.0] * 24 * 7)
    hour = MONDAY + timedelta(days=28)

    usual, much, none = (model.score_one(hour, value) for value in (101.0, 300_000.0, 0.0))

    assert usual
    assert much
    assert none
    assert abs(usual.value) < much.value
    assert none.value < 0
    assert usual.low <= usual.expected <= usual.high < 3000
    assert usual.visits >= 2
    assert usual.period


@settings(max_examples=15)
@given(values=st.lists(counts, max_size=120), value=counts)
def test_scoring_changes_nothing(new, values, value) -> None:
    model = learnt(new, values)
    before = model.dump()
    hour = MONDAY + timedelta(hours=len(values))

    first = model.score_one(hour, value)

    assert model.score_one(hour, value) == first
    assert model.dump() == before


@settings(max_examples=15)
@given(values=st.lists(counts, max_size=120), after=st.lists(counts, max_size=5))
def test_a_loaded_model_goes_on_as_the_dumped_one(new, values, after) -> None:
    model = learnt(new, values)
    loaded = type(model).load(model.dump())
    for index, value in enumerate(after, start=len(values)):
        hour = MONDAY + timedelta(hours=index)
        assert loaded.score_one(hour, value) == model.score_one(hour, value)
        model.learn_one(hour, value)
        loaded.learn_one(hour, value)
    assert loaded.dump() == model.dump()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_what_is_no_count_is_refused_and_poisons_nothing(new: New, bad: float) -> None:
    model = learnt(new, [5.0] * 100)
    before = model.dump()
    hour = MONDAY + timedelta(days=28)
    with pytest.raises(ValueError, match="finite count"):
        model.learn_one(hour, bad)
    with pytest.raises(ValueError, match="finite count"):
        model.score_one(hour, bad)
    assert model.dump() == before


def test_the_state_of_another_model_or_version_is_refused(new: New) -> None:
    for data in (b"", b"\x93", b"not it", b"\x92\x63\x90", b"\x93\x63\xc4\x00\xc4\x00"):
        with pytest.raises(ValueError, match=r"state|version"):
            type(new()).load(data)


def test_the_state_is_bounded(new: New) -> None:
    assert len(learnt(new, [1e6 + 0.1] * 24 * 50).dump()) < 8_000
