"""A log line is an event with plain fields, and nothing else fits in."""

import io
import json
from typing import get_args

import pytest

from monitor.telemetry.logs import EVENTS, Event, Log


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    log = Log("json", stream)
    log("run.started", runtime="embedded")
    log("run.failed", "error", kind="KeyError")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["runtime"]) == ("run.started", "info", "embedded")
    assert (second["level"], second["kind"]) == ("error", "KeyError")
    assert first["timestamp"].endswith("Z")


def test_text_is_the_same_for_eyes() -> None:
    stream = io.StringIO()
    Log("text", stream)("state.restored", stage="baseline", seconds=1.5)
    assert stream.getvalue().endswith(
        "level=info event=state.restored stage=baseline seconds=1.5\n"
    )


def test_a_field_that_is_not_in_the_table_is_an_error_that_shows_no_value() -> None:
    with pytest.raises(ValueError, match=r"^not a field of logs: body$"):
        Log("json", io.StringIO())("run.started", body="jane@shop.example.org")


@pytest.mark.parametrize("event", get_args(Event))
def test_events_are_named_by_what_they_are_about(event: str) -> None:
    assert event in EVENTS
    assert event.count(".") == 1
