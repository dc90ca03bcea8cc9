"""Growth of days: what is a ramp, and what is a step, a drift, a rhythm, or what all do."""

import numpy as np
import pytest

from detectors.anomaly.counts import Numbers
from detectors.anomaly.courses import LONGEST
from detectors.anomaly.ramps import Ramps, common, ramps
from detectors.anomaly.rows import DAYS

ROWS = 60
STRAY = 0.06
FAR = 3.5
WEEKEND = np.where(np.arange(DAYS) % 7 >= 5, -1.5, 0.0)


def calm(rows: int = ROWS) -> Numbers:
    """Services with weekends, each with its size."""
    rng = np.random.default_rng(1)
    return rng.uniform(4, 9, (rows, 1)) + WEEKEND + rng.normal(0, STRAY, (rows, DAYS))


def ramp(days: int, slope: float = 0.03) -> Numbers:
    return slope * np.maximum(np.arange(DAYS) - DAYS + 1 + days, 0)


def judged(logs: Numbers) -> Ramps:
    counted = np.full(len(logs), 1e-4)
    return ramps(logs, counted, common(logs, counted))


def test_three_per_cent_a_day_are_found_within_ten_days_and_said_to_be_so() -> None:
    logs = calm()
    logs[:10] += ramp(10)
    found = judged(logs)
    assert (found.distance[:10] > FAR).sum() >= 9
    assert (found.distance[10:] < FAR).all()
    assert np.median(found.height[:10]) == pytest.approx(0.3, abs=0.08)
    assert np.median(found.length[:10]) == pytest.approx(10, abs=3)


@pytest.mark.parametrize(
    "grown",
    [
        pytest.param(np.where(np.arange(DAYS) >= DAYS - 9, 0.3, 0.0), id="step"),
        pytest.param(np.where(np.arange(DAYS) == DAYS - 1, 1.1, 0.0), id="busy day"),
        pytest.param(np.where(np.arange(DAYS) // 4 == DAYS // 4 - 1, 0.3, 0.0), id="busy days"),
        pytest.param(-ramp(10), id="shrinking"),
    ],
)
def test_what_comes_at_once_is_no_ramp(grown: Numbers) -> None:
    logs = calm()
    logs[:10] += grown
    assert (judged(logs).distance[:10] > FAR).sum() <= 1


def test_what_all_rows_do_is_nobodys_growth() -> None:
    assert (judged(calm() + ramp(10)).distance < FAR).all()


def test_series_that_drift_must_grow_by_more_than_they_drift() -> None:
    """How much that is, rows tell each other."""
    counted = np.full(400, 1e-4)
    walks = np.random.default_rng(2).normal(0, 0.03, (400, DAYS)).cumsum(axis=1)
    drifting = calm(400) + walks
    told, fooled = (
        (ramps(drifting, counted, common(of, counted)).distance > FAR).sum()
        for of in (drifting, calm(400))
    )
    assert told <= 1 < 5 < fooled


def test_days_that_are_unknown_hide_no_ramp_and_make_none() -> None:
    rng = np.random.default_rng(3)
    logs = calm()
    logs[:10] += ramp(10)
    logs[:, :-1][rng.random((ROWS, DAYS - 1)) < 0.1] = np.nan
    found = judged(logs)
    assert (found.distance[:10] > FAR).sum() >= 8
    assert (found.distance[10:] < FAR).all()


def young(grown: Numbers) -> Ramps:
    """Of a fleet that is two weeks old, offices and machines; ten machines have grown."""
    logs = calm()
    logs[: ROWS // 2] -= WEEKEND
    logs[:10] += grown
    logs[:, : DAYS - 14] = np.nan
    return judged(logs)


def test_two_weeks_show_a_leak_that_began_on_the_sixth_day() -> None:
    """Of each weekday they have but two days, one before it began: other weekdays say more."""
    found = young(ramp(9, 0.11))
    assert (found.distance[:10] > FAR).all()
    assert (found.distance[10:] < FAR).all()
    assert np.median(found.length[:10]) == pytest.approx(9, abs=2)


@pytest.mark.parametrize("known", [11, 12, 13, 14, 18])
def test_a_launch_that_levels_off_is_no_leak(known: int) -> None:
    since = np.arange(DAYS) - DAYS + known
    logs = calm()
    logs[:10] -= np.exp(-since / 4)
    logs[:10, : DAYS - known] = np.nan
    assert (judged(logs).distance[:10] < FAR).all()


def test_two_weeks_show_that_a_step_is_none() -> None:
    assert (young(np.where(np.arange(DAYS) >= DAYS - 8, 0.6, 0.0)).distance < FAR).all()


@pytest.mark.parametrize(
    ("known", "judgeable"),
    [(6, False), (10, False), (12, False), (13, True), (14, True), (17, True)],
)
def test_two_weeks_must_be_known(known: int, judgeable: bool) -> None:
    logs = calm()
    logs[:10] += ramp(7, 0.08)
    logs[:10, : DAYS - known] = np.nan
    found = judged(logs)
    assert ((found.distance[:10] > FAR).sum() >= 7) == judgeable
    assert found.length.max() <= LONGEST


def test_a_day_that_is_unknown_is_not_judged() -> None:
    logs = calm() + ramp(10)
    logs[:, -1] = np.nan
    assert not judged(logs).distance.any()
