"""How far the surprises of one key go, against the fleet's."""

import numpy as np
import pytest

from detectors.anomaly.rows import Rows
from detectors.anomaly.tails import KEEP, MOST, OFTEN, Tails, learn

BORN = 480_000


def one_row() -> Rows:
    rows = Rows()
    rows.add(("egress", "hubspot", "crm", "*"))
    rows.of["born"][0] = BORN
    return rows


def tails(rows: Rows, hour: int) -> tuple[float, float]:
    found = Tails.of(rows, slice(0, 1), hour)
    return float(found.often[0]), float(found.far[0])


def teach(rows: Rows, hour: int, peaks: float, far: float) -> None:
    learn(rows, np.array([0]), hour, np.array([peaks]), np.array([far]))


def test_a_new_key_is_like_all_others() -> None:
    assert tails(one_row(), BORN) == (1.0, 1.0)


def test_a_key_that_never_surprises_is_rarer_than_others_and_goes_as_far() -> None:
    often, far = tails(one_row(), BORN + 24 * 28)
    assert 0.2 < often < 0.4
    assert far == 1.0


def test_a_key_that_surprises_as_often_and_as_far_as_others_stays_like_them() -> None:
    rows, every = one_row(), round(1 / OFTEN)
    for hour in range(BORN, BORN + 24 * 56, every):
        teach(rows, hour, peaks=1 / OFTEN, far=1.0)
    often, far = tails(rows, BORN + 24 * 56)
    assert often == pytest.approx(1.0, rel=0.1)
    assert far == pytest.approx(1.0, rel=0.02)


def test_a_heavy_tail_is_learnt_and_forgotten() -> None:
    rows = one_row()
    for day in range(14):
        teach(rows, BORN + 24 * day, peaks=1 / OFTEN, far=8.0)
    often, far = tails(rows, BORN + 24 * 14)
    assert often > 1.5
    assert 4.0 < far < 8.0
    later = tails(rows, BORN + 24 * 14 + 24 * 28 * 4)
    assert later[0] < 1.0
    assert 1.0 < later[1] < 2.0


def test_one_peak_counts_a_few_times_what_is_usual_at_most() -> None:
    """Or the first flood would make the next one usual."""
    rows = one_row()
    teach(rows, BORN + 24, peaks=1 / OFTEN, far=1e6)
    assert float(rows.of["peaks_far"][0]) == pytest.approx(MOST)


def test_peaks_of_before_count_less_the_longer_they_are_past() -> None:
    rows = one_row()
    teach(rows, BORN + 10, peaks=1 / OFTEN, far=1.0)
    teach(rows, BORN + 110, peaks=1 / OFTEN, far=1.0)
    assert float(rows.of["peaks"][0]) == pytest.approx(1 + KEEP**100, rel=1e-3)


def test_hours_without_a_peak_write_nothing() -> None:
    rows = one_row()
    teach(rows, BORN + 10, peaks=0.0, far=0.0)
    assert rows.of["peaks_at"][0] == 0
