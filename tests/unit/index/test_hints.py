"""What people are told where nothing was found."""

import sqlite3
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest

from alerts.index.hints import hints
from alerts.index.sqlite import SqliteIndex
from detectors.records import CategoryCount
from tests.support.index_records import START, alert, flow


@pytest.fixture
def index() -> Generator[SqliteIndex]:
    connection = sqlite3.connect(":memory:")
    made = SqliteIndex.create(connection)
    email = (CategoryCount(name="user.contact.email", values=1),)
    made.add_flows([flow(0, service="crm", categories=email), flow(1, subprocessor="twilio")])
    made.put_alerts([alert()])
    yield made
    connection.close()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("vendor:stirpe", "no flows have that subprocessor: did you mean stripe?"),
        ("vendor:acme service:crm", "no flows have that subprocessor: there are stripe, twilio"),
        ("category:user.contcat", "no flows have that category: did you mean user.contact?"),
        ("region:eu", "no flows have that region: there are none"),
        (
            "twillio",
            "no flows have that as service, destination, subprocessor, category, entity, "
            "violation: did you mean twilio?",
        ),
        ("service:(web OR crn)", None),  # either would do: nothing is wrong with one of them
        ("vendor:STRIPE service:crm bytes:>5", None),
        ("NOT vendor:acme vendor:stripe bytes:7", None),
        ("vendor:acm*", None),
        ("trace:t1", None),
        ("bytes:7", None),
    ],
)
def test_a_name_that_nothing_has_is_told_with_the_nearest(
    index: SqliteIndex, query: str, says: str | None
) -> None:
    assert hints(index, "flows", query) == ([says] if says else [])


def test_a_time_without_any_is_told_with_the_times_there_are(index: SqliteIndex) -> None:
    late: dict[str, Any] = {"since": START + timedelta(days=1)}
    assert hints(index, "flows", "vendor:stripe", **late) == [
        "1 flows match, from 2026-01-05 12:00 UTC to 2026-01-05 12:00 UTC: "
        "none in the time you ask for"
    ]
    assert hints(index, "flows", "vendor:stirpe", **late) == [
        "no flows have that subprocessor: did you mean stripe?"
    ]


def test_an_empty_index_says_so(index: SqliteIndex) -> None:
    assert hints(index, "sums", "vendor:stripe") == ["there are no sums"]


def test_names_are_not_judged_where_there_are_very_many(
    index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.index.hints.VALUES", 2)
    assert hints(index, "flows", "vendor:acme") == []
