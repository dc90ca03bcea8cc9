"""Hours and rotations, by local clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alerts.routing.schedule import Rotation, parse_interval

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*parts: int) -> datetime:
    """A moment by Berlin's clocks, in UTC."""
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc, arg-type]


# 2026-03-02 is a Monday
@pytest.mark.parametrize(
    ("text", "moment", "holds"),
    [
        ("weekdays 08:00-18:00 Europe/Berlin", berlin(2026, 3, 2, 8, 0), True),
        ("weekdays 08:00-18:00 Europe/Berlin", berlin(2026, 3, 2, 7, 59), False),
        ("weekdays 08:00-18:00 Europe/Berlin", berlin(2026, 3, 2, 18, 0), False),
        ("weekdays 08:00-18:00 Europe/Berlin", berlin(2026, 3, 7, 12, 0), False),
        # eight in Berlin is seven in UTC in winter, six in summer
        ("weekdays 08:00-18:00 Europe/Berlin", datetime(2026, 3, 2, 7, 0, tzinfo=UTC), True),
        ("weekdays 08:00-18:00 Europe/Berlin", datetime(2026, 3, 27, 6, 30, tzinfo=UTC), False),
        ("weekdays 08:00-18:00 Europe/Berlin", datetime(2026, 3, 30, 6, 30, tzinfo=UTC), True),
        # past midnight: Friday's night is Friday's
        ("friday 22:00-06:00 UTC", datetime(2026, 3, 6, 23, 0, tzinfo=UTC), True),
        ("friday 22:00-06:00 UTC", datetime(2026, 3, 7, 5, 59, tzinfo=UTC), True),
        ("friday 22:00-06:00 UTC", datetime(2026, 3, 7, 6, 0, tzinfo=UTC), False),
        ("friday 22:00-06:00 UTC", datetime(2026, 3, 6, 5, 0, tzinfo=UTC), False),
        ("weekends Asia/Tokyo", datetime(2026, 3, 6, 15, 0, tzinfo=UTC), True),
        ("weekends Asia/Tokyo", datetime(2026, 3, 8, 15, 0, tzinfo=UTC), False),
        ("mon,wed-thu UTC", datetime(2026, 3, 4, 1, 0, tzinfo=UTC), True),
        ("mon,wed-thu UTC", datetime(2026, 3, 3, 1, 0, tzinfo=UTC), False),
        ("sat-mon UTC", datetime(2026, 3, 2, 1, 0, tzinfo=UTC), True),
        ("sat-mon UTC", datetime(2026, 3, 3, 1, 0, tzinfo=UTC), False),
        ("daily 18:00-24:00 UTC", datetime(2026, 3, 3, 23, 59, tzinfo=UTC), True),
        ("2026-12-24..2026-12-26 Europe/Berlin", berlin(2026, 12, 26, 23, 59), True),
        ("2026-12-24..2026-12-26 Europe/Berlin", berlin(2026, 12, 27, 0, 0), False),
        ("2026-12-24 20:00-02:00 Europe/Berlin", berlin(2026, 12, 25, 1, 0), True),
    ],
)
def test_an_interval_goes_by_the_clocks_of_its_zone(
    text: str, moment: datetime, holds: bool
) -> None:
    assert parse_interval(text).holds(moment) is holds


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("weekdays", "write days, hours and a time zone"),
        ("weekdays 08:00-18:00", "the time zone is none"),
        ("weekdays 8-18 UTC", "the hours are not like"),
        ("weekdays 08:00-25:00 UTC", "the hours are not like"),
        ("weekdays 08:00-08:00 UTC", "the hours are empty"),
        ("workdays 08:00-18:00 UTC", "the days are none"),
        ("2026-02-30 UTC", "no such date"),
        ("2026-02-03..2026-02-01 UTC", "before the first"),
        ("weekdays 08:00-18:00 Europe/Berlni", "the time zone is none"),
    ],
)
def test_what_is_wrong_with_an_interval_is_said(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_interval(text)


def rotation(**changes: Any) -> Rotation:
    return Rotation.model_validate(
        {
            "zone": "Europe/Berlin",
            "start": "2026-03-02 09:00",
            "members": ["anna", "bernd", "carla"],
            **changes,
        }
    )


def test_members_take_turns_and_the_handover_stays_at_nine() -> None:
    turns = rotation()
    start = berlin(2026, 3, 2, 9, 0)
    assert turns.on_call(start - timedelta(seconds=1)) == "carla"
    assert turns.on_call(start) == "anna"
    assert turns.on_call(berlin(2026, 3, 9, 8, 59)) == "anna"
    assert turns.on_call(berlin(2026, 3, 9, 9, 0)) == "bernd"
    # clocks went forward on 29 March
    assert turns.on_call(berlin(2026, 3, 30, 8, 59)) == "anna"
    assert turns.on_call(berlin(2026, 3, 30, 9, 0)) == "bernd"


def test_an_override_counts_and_of_two_the_later_one() -> None:
    turns = rotation(
        overrides=[
            {"from": "2026-03-03 09:00", "until": "2026-03-05 09:00", "receiver": "dora"},
            {"from": "2026-03-04 09:00", "until": "2026-03-06 09:00", "receiver": "emil"},
        ]
    )
    assert turns.on_call(berlin(2026, 3, 3, 9, 0)) == "dora"
    assert turns.on_call(berlin(2026, 3, 4, 12, 0)) == "emil"
    assert turns.on_call(berlin(2026, 3, 6, 9, 0)) == "anna"


@pytest.mark.parametrize(
    "changes",
    [
        {"members": []},
        {"days": 0},
        {"zone": "Berlin"},
        {"start": "2026-03-02 09:00+01:00"},
        {
            "overrides": [
                {"from": "2026-03-03 09:00", "until": "2026-03-03 09:00", "receiver": "dora"}
            ]
        },
    ],
)
def test_a_rotation_that_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rotation(**changes)
