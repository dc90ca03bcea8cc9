from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.records import (
    AccessEvent,
    EgressEvent,
    Flow,
    RecordError,
    decode,
    encode,
)
from detectors.records.base import convert
from tests.support.moments import at

MOMENT = b'"@timestamp":"2026-03-02T10:00:00Z"'


def test_an_event_reads_ecs_names_and_ignores_what_it_does_not_know() -> None:
    event = decode(
        EgressEvent,
        b"{" + MOMENT + b',"service":{"name":"crm","version":"7"},"agent":{"id":"x"},'
        b'"http":{"request":{"method":"POST","headers":{"x":["1","2"]},'
        b'"body":{"content":"aGk=","encoding":"base64","bytes":2}}}}',
    )

    assert event.timestamp == at(10)
    assert event.service.name == "crm"
    assert event.http.request.headers == {"x": ["1", "2"]}
    assert event.http.request.body.encoding == "base64"
    assert event.tls.client.server_name == ""


def test_times_of_any_zone_become_utc() -> None:
    # another day and another half hour there: what a day and an hour are must not depend on it
    event = decode(EgressEvent, b'{"@timestamp":"2026-03-03T03:30:00+05:30"}')
    assert event.timestamp.isoformat() == "2026-03-02T22:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        (b"{", "malformed-json", "$"),
        (b"", "malformed-json", "$"),
        (b"\xff\xfe", "malformed-json", "$"),
        (b'"jane@example.com"', "wrong-type", "$"),
        (b"{}", "wrong-type", "$"),
        (b'{"@timestamp":"jane@example.com"}', "wrong-type", "$.@timestamp"),
        (b'{"@timestamp":17}', "wrong-type", "$.@timestamp"),
        (b'{"@timestamp":"2026-03-02T10:00:00"}', "bad-timestamp", "$.@timestamp"),
        (
            b"{" + MOMENT + b',"http":{"request":{"body":{"encoding":"jane@example.com"}}}}',
            "wrong-type",
            "$.http.request.body.encoding",
        ),
        (b"{" + MOMENT + b',"user":{"roles":["a",7]}}', "wrong-type", "$.user.roles[1]"),
        (b"{" + MOMENT + b',"http":' + b'{"a":' * 50_000, "too-deep", "$"),
    ],
)
def test_errors_say_where_and_what_but_never_the_value(
    data: bytes, reason: str, where: str
) -> None:
    with pytest.raises(RecordError) as caught:
        decode(EgressEvent, data)

    assert (caught.value.reason, caught.value.where) == (reason, where)
    assert "jane" not in str(caught.value)


def test_an_unknown_enumeration_value_with_quotes_in_it_is_not_shown() -> None:
    body = {"encoding": "it's 'jane'"}
    with pytest.raises(RecordError) as caught:
        convert(
            EgressEvent, {"@timestamp": "2026-03-02T10:00:00Z", "http": {"request": {"body": body}}}
        )
    assert "jane" not in str(caught.value)


def test_a_negative_row_count_is_refused() -> None:
    with pytest.raises(RecordError, match=r"\$\.rows"):
        decode(AccessEvent, b"{" + MOMENT + b',"rows":-1}')


def test_an_event_shows_nothing_of_its_content() -> None:
    event = decode(
        EgressEvent, b"{" + MOMENT + b',"user":{"name":"jane"},"url":{"full":"http://x/jane"}}'
    )

    assert "jane" not in repr(event) + repr(event.user) + repr(event.url) + str([event])


def test_records_are_written_with_dotted_ecs_names_and_read_back() -> None:
    flow = Flow(timestamp=at(1), id="a", channel="egress", subprocessor="stripe", size=7)

    data = encode(flow)

    assert msgspec.json.decode(data) == {
        "@timestamp": "2026-03-02T01:00:00Z",
        "event.id": "a",
        "egresswatch.channel": "egress",
        "egresswatch.subprocessor": "stripe",
        "egresswatch.bytes": 7,
    }
    assert decode(Flow, data) == flow


@given(st.binary(max_size=200))
def test_any_bytes_give_an_event_or_a_record_error(data: bytes) -> None:
    with suppress(RecordError):
        assert isinstance(decode(EgressEvent, data), EgressEvent)
