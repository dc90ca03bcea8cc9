"""Calibration: how often scores happen, the bar, false discoveries, the controller."""

from math import exp, log

import numpy as np
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.calibration import KEEP, SHARES, START, Calibration, Tail, survivors
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import baseline, part, quiet_weeks, run

BAR = 0.01


def learnt(mean: float, hours: int = 24 * 28, keys: int = 2000) -> Tail:
    """A tail that has seen surprises whose tail is exponential with this mean."""
    rng, tail = np.random.default_rng(5), Tail()
    for _ in range(hours):
        tail.observe(rng.exponential(mean, keys), keys)
        tail.close()
    return tail


@pytest.mark.parametrize("mean", [1.0, 1.7, 2.5])
def test_a_calibrated_score_happens_as_often_as_it_says(mean: float) -> None:
    tail = learnt(mean)
    rare = 12.0  # e^-12 of all looks
    score = rare * mean
    assert tail.calibrated(np.array([score]))[0] == pytest.approx(rare, rel=0.07)


def test_what_an_hour_brings_counts_from_the_next_on() -> None:
    tail = Tail()
    before = tail.calibrated(np.array([20.0]))[0]
    tail.observe(np.full(500, 30.0), 500)
    assert tail.calibrated(np.array([20.0]))[0] == before
    tail.close()
    assert tail.calibrated(np.array([20.0]))[0] < before


def test_scores_that_come_in_clusters_count_once_an_hour() -> None:
    """What is twenty minutes too much is one thing, and not twenty."""
    stage = baseline(min_count=10_000)
    run(stage, list(quiet_weeks(8)), at(3, day=8))
    before = peaks(stage)
    minutes = [part(at(3, minute, day=8), 300, category=ANY_CATEGORY) for minute in range(5, 25)]
    run(stage, minutes, at(4, 1, day=8))
    assert 0 < peaks(stage) - before * KEEP < 1.5


def peaks(stage: Baseline) -> float:
    calibration = stage.fleet.calibration
    return sum(calibration.tail(name).peaks for name in ("minute", "minute of batches"))


def test_below_the_start_nothing_is_changed() -> None:
    assert Tail().calibrated(np.array([START]))[0] == START


def test_the_bar_shares_out_the_false_alarms_of_a_week() -> None:
    calibration = Calibration()
    hour, day = (calibration.bar(name, BAR) for name in ("mix", "leak"))
    assert exp(-hour) * 168 == pytest.approx(BAR * SHARES["mix"])
    assert exp(-day) * 7 == pytest.approx(BAR * SHARES["leak"])
    assert sum(SHARES.values()) <= 1
    assert calibration.bar("mix", 10 * BAR) == pytest.approx(hour - log(10))


def test_the_controller_raises_the_bar_while_incidents_are_too_many_and_lets_go() -> None:
    calibration = Calibration()
    for day in range(10):
        for number in range(20):
            calibration.count(f"vendor-{day}-{number}", "volume-high", day)
        calibration.close_day(5.0)
    raised = calibration.raised
    for _ in range(30):
        calibration.close_day(5.0)
    assert raised > 2
    assert calibration.raised == 0


def test_an_incident_is_counted_once_while_it_lasts() -> None:
    calibration = Calibration()
    for day in range(10):
        calibration.count("hubspot", "volume-high", day)
    assert calibration.today == 1


def test_false_discoveries_are_controlled_in_a_window() -> None:
    likelihoods = -np.log(np.array([1e-9, 0.02, 1e-4, 0.5]))
    assert survivors(likelihoods, 10).tolist() == [True, True, True, False]
    assert survivors(likelihoods, 100_000).tolist() == [True, False, False, False]
    assert survivors(np.zeros(0), 10).tolist() == []
