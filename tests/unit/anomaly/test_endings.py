"""What outlives an alarm, an import, a flood of names, and what must not."""

from datetime import timedelta

import msgspec
import numpy as np
import pytest

from detectors.anomaly.persist import dump_changes
from detectors.anomaly.rows import Rows
from detectors.anomaly.tails import Tails, learn
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE
from tests.unit.anomaly.test_baseline import EMAIL, at, baseline, part, quiet_weeks, run

KEY = ("egress", "hubspot", "crm", EMAIL)


def test_a_key_with_an_open_alarm_that_is_forgotten_can_be_stored() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(3, day=14))
    found = run(stage, [part(at(3, 5, day=14), 1200)], at(4, day=14))
    assert "volume-high" in {one.rule for one in found}
    list(dump_changes(stage))
    later = at(4, day=14) + timedelta(days=220)
    run(stage, [part(later, 3, service="other")], later + timedelta(days=2))
    stored = dict(dump_changes(stage))
    assert KEY not in stage.rows.index
    assert [value for name, value in stored.items() if "before" in name and EMAIL in name] == [None]


def test_an_import_while_a_key_is_learnt_leaves_it_hearing() -> None:
    stage = baseline()
    calm = list(quiet_weeks(20))
    large = part(at(6, 40), 500_000)
    run(stage, sorted([*calm, large], key=lambda one: one.window), at(0, day=20))
    bulk = [
        msgspec.structs.replace(part(at(3, 20, day=20), 20_000, category=category), events=30)
        for category in (EMAIL, ANY_CATEGORY)
    ]
    assert EMAIL in {one.category for one in run(stage, bulk, at(3, 21, day=20))}


def test_a_flood_of_field_names_blinds_for_a_day_at_most() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(12)), at(0, day=12))
    flood = [
        msgspec.structs.replace(
            part(at(1, day=12) + number * MINUTE, 30), fields=(f"body>json:$.{number}",)
        )
        for number in range(600)
    ]
    run(stage, flood, at(0, day=14))
    fresh = [
        msgspec.structs.replace(part(at(9, minute, day=14), 30), fields=("body>json:$.fresh",))
        for minute in (0, 10)
    ]
    assert "new-field" in {one.rule for one in run(stage, fresh, at(9, 11, day=14))}


def test_peaks_without_number_stay_numbers() -> None:
    rows = Rows()
    rows.add(KEY)
    for hour in range(200):
        learn(rows, np.array([0]), 24 * hour, np.array([1e9]), np.array([1e9]))
    tails = Tails.of(rows, slice(0, 1), 24 * 200)
    assert np.isfinite([*tails.often, *tails.far]).all()
    assert np.isfinite(float(rows.of["peaks_far"][0]))


def test_values_of_days_without_people_are_not_kept_for_the_next() -> None:
    stage = baseline()
    sums = [msgspec.structs.replace(one, subjects=b"") for one in quiet_weeks(5)]
    run(stage, sums, at(1, day=5))
    assert float(stage.rows.of["day_values"][stage.rows.index[KEY]]) <= 40


@pytest.mark.filterwarnings("error")
def test_values_without_a_request_are_no_reason_to_warn() -> None:
    stage = baseline()
    sums = [msgspec.structs.replace(one, events=0) for one in quiet_weeks(3)]
    run(stage, sums, at(0, day=3))
    assert len(stage.rows.index) == 2
