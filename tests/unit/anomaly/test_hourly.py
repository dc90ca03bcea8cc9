"""The hourly model: what it compares a value with."""

from datetime import timedelta
from random import Random

from detectors.anomaly.hourly import HourlyModel
from tests.support.moments import MONDAY, at


def learnt(days: int, *, batch_at: int = 2, batch: float = 500, noise: int = 0) -> HourlyModel:
    """A nightly batch, ten by day, nothing else; weekends half of it."""
    model, random = HourlyModel(), Random(3)
    for index in range(days * 24):
        hour = MONDAY + timedelta(hours=index)
        value = batch if hour.hour == batch_at else 10.0 if 8 <= hour.hour < 18 else 0.0
        value += random.randint(0, noise)
        model.learn_one(hour, value / 2 if hour.weekday() >= 5 else value)
    return model


def score(model: HourlyModel, day: int, hour: int, value: float):
    found = model.score_one(at(hour, day=day), value)
    assert found is not None
    return found


def test_a_nightly_batch_is_usual_at_its_hour_and_next_to_it_only() -> None:
    model = learnt(14)
    assert score(model, 14, 2, 510).value < 1
    assert score(model, 14, 3, 500).value < 1, "an hour late"
    assert score(model, 14, 12, 500).value > 6
    assert score(model, 14, 12, 500).period == "weekdays 12:00"


def test_a_batch_that_does_not_come_is_low_unless_it_may_have_moved() -> None:
    model = learnt(14)
    assert score(model, 14, 2, 0).value == 0, "it may have run an hour before"
    assert score(model, 14, 12, 0).value < -1


def test_weekends_are_weekends() -> None:
    model = learnt(14)
    weekend = score(model, 19, 12, 5)
    assert (weekend.period, weekend.expected, weekend.visits) == ("weekends 12:00", 5.0, 4)


def test_a_first_weekend_is_compared_with_weekdays_and_never_too_quiet() -> None:
    model = learnt(5)
    quiet, busy = score(model, 5, 12, 0), score(model, 5, 12, 900)
    assert (quiet.value, quiet.low, quiet.period) == (0.0, 0.0, "weekdays 12:00")
    assert busy.value > 6


def test_a_noisy_key_has_a_wider_range_than_a_steady_one() -> None:
    steady, noisy = learnt(14), learnt(14, noise=60)
    widths = [s.high - s.expected for s in (score(steady, 14, 12, 10), score(noisy, 14, 12, 10))]
    assert widths[1] > 2 * widths[0]


def test_one_burst_hardly_widens_the_range() -> None:
    calm, shaken = learnt(14), learnt(14)
    shaken.learn_one(at(12, day=14), 1e6)
    before, after = score(calm, 15, 12, 10), score(shaken, 15, 12, 10)
    assert after.expected == before.expected
    assert after.high - after.expected < 1.5 * (before.high - before.expected)
