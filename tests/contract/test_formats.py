"""What every format owes: an event or RecordError, for any bytes; purity; no value in an error."""

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.records import AccessEvent, EgressEvent, RecordError, decode, encode
from monitor.formats import FORMATS
from monitor.formats.base import Format

AT = "2026-01-31T12:00:00Z"
GOOD = {
    "ecs": {"@timestamp": AT, "url": {"full": "https://a.example/"}},
    "traffic": {"ts": 1.5, "method": "GET", "url": "https://a.example/"},
    "har": {"startedDateTime": AT, "request": {"method": "GET", "url": "https://a.example/"}},
    "akto": {
        "path": "/",
        "method": "GET",
        "time": "1772445600",
        "requestHeaders": '{"Host": "a.example"}',
    },
    "envoy": {
        "http_buffered_trace": {
            "request": {
                "headers": [
                    {"key": ":authority", "value": "a.example"},
                    {"key": ":path", "value": "/"},
                    {"key": ":method", "value": "GET"},
                ],
                "headers_received_time": AT,
            }
        }
    },
}
every = pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
MEMBERS = sorted({key for good in GOOD.values() for key in good} | {"event.id", "http", "user"})


def test_each_is_registered_under_its_own_name() -> None:
    assert {name: fmt.name for name, fmt in FORMATS.items()} == {name: name for name in GOOD}


@every
def test_a_good_record_is_an_event(fmt: Format) -> None:
    data = json.dumps(GOOD[fmt.name]).encode()
    event = fmt.decode(data)
    assert isinstance(event, EgressEvent)
    assert event.event.id == ""
    assert event.timestamp.astimezone(UTC).year > 1969
    assert (event.destination.domain, event.destination.port) == ("a.example", 443)
    assert fmt.decode(data) == event
    assert decode(EgressEvent, encode(event)) == event


@every
@given(data=st.binary())
def test_any_bytes_are_an_event_or_refused(fmt: Format, data: bytes) -> None:
    with pytest.raises(RecordError):
        fmt.decode(data)


@every
@given(data=st.data())
def test_any_change_of_a_good_record_is_an_event_or_refused(
    fmt: Format, data: st.DataObject
) -> None:
    changed = GOOD[fmt.name] | data.draw(st.dictionaries(st.sampled_from(MEMBERS), documents))
    try:
        event = fmt.decode(json.dumps(changed).encode())
    except RecordError:
        return
    assert isinstance(event, EgressEvent | AccessEvent)


@every
def test_errors_and_reprs_show_no_value(fmt: Format) -> None:
    for member, good in GOOD[fmt.name].items():
        bad = GOOD[fmt.name] | {member: ["jane.doe"] if good != AT else "jane.doe"}
        with pytest.raises(RecordError) as caught:
            fmt.decode(json.dumps(bad).encode())
        assert "jane" not in f"{caught.value}{caught.value.where}{caught.value.problem}"
