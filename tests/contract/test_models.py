"""What every anomaly model must do, whatever it models."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.anomaly import Model
from detectors.anomaly.hourly import HourlyModel
from tests.support.moments import MONDAY

MODELS: list[type[Model]] = [HourlyModel]
counts = st.floats(0, 1e9, allow_nan=False)

pytestmark = pytest.mark.parametrize("kind", MODELS)


def learnt(kind: type[Model], values: list[float]) -> Model:
    model = kind()
    for index, value in enumerate(values):
        model.learn_one(MONDAY + timedelta(hours=index), value)
    return model


def test_a_new_model_gives_no_score(kind: type[Model]) -> None:
    assert kind().score_one(MONDAY, 1e9) is None


def test_a_learnt_model_tells_the_usual_from_the_unusual(kind: type[Model]) -> None:
    model = learnt(kind, [100.0, 103.0, 97.0, 101.0] * 24 * 7)
    hour = MONDAY + timedelta(days=28)

    usual, much, none = (model.score_one(hour, value) for value in (101.0, 3000.0, 0.0))

    assert usual
    assert much
    assert none
    assert abs(usual.value) < 3 < 10 < much.value
    assert none.value < -3
    assert usual.low <= usual.expected <= usual.high < 3000
    assert usual.visits >= 2
    assert usual.period


@given(values=st.lists(counts, max_size=120), value=counts, more=counts)
def test_scoring_changes_nothing_and_grows_with_the_value(kind, values, value, more) -> None:
    model = learnt(kind, values)
    before = model.dump()
    hour = MONDAY + timedelta(hours=len(values))

    score, higher = model.score_one(hour, value), model.score_one(hour, value + more)

    assert model.dump() == before
    assert (score is None) == (higher is None)
    assert score is None or higher is None or score.value <= higher.value


@given(values=st.lists(counts, max_size=120), after=st.lists(counts, max_size=30))
def test_a_loaded_model_goes_on_as_the_dumped_one(kind, values, after) -> None:
    model = learnt(kind, values)
    loaded = kind.load(model.dump())
    for index, value in enumerate(after, start=len(values)):
        hour = MONDAY + timedelta(hours=index)
        assert loaded.score_one(hour, value) == model.score_one(hour, value)
        model.learn_one(hour, value)
        loaded.learn_one(hour, value)
    assert loaded.dump() == model.dump()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_what_is_no_count_is_refused_and_poisons_nothing(kind: type[Model], bad: float) -> None:
    model = learnt(kind, [5.0] * 400)
    before = model.dump()
    with pytest.raises(ValueError, match="finite count"):
        model.learn_one(MONDAY, bad)
    with pytest.raises(ValueError, match="finite count"):
        model.score_one(MONDAY, bad)
    assert model.dump() == before


def test_the_state_of_another_model_or_version_is_refused(kind: type[Model]) -> None:
    for data in (b"", b"\x93", b"not it", b"\x92\x63\x90"):
        with pytest.raises(ValueError, match=r"state|version"):
            kind.load(data)


def test_the_state_is_bounded(kind: type[Model]) -> None:
    assert len(learnt(kind, [1e6 + 0.1] * 24 * 400).dump()) < 8_000
