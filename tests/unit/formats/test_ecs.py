"""ECS in all its spellings: nested, dotted, mixed; and what is not an event."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from detectors.records import AccessEvent, EgressEvent, RecordError
from monitor.formats import FORMATS

ECS = FORMATS["ecs"]
AT = "2026-01-31T12:00:00Z"

NESTED: dict[str, Any] = {
    "@timestamp": AT,
    "event": {"id": "e1", "dataset": "egress"},
    "service": {"name": "checkout"},
    "user": {"name": "svc", "roles": ["batch"]},
    "destination": {"domain": "api.stripe.com", "port": 443, "ip": "192.0.2.1"},
    "url": {"full": "https://api.stripe.com/v1"},
    "http": {
        "request": {
            "method": "POST",
            "headers": {"content-type": "application/json", "x.y": ["1", "2"]},
            "body": {"content": "{}", "bytes": 2},
        },
        "response": {"status_code": 200},
    },
    "tls": {"version": "1.2", "client": {"server_name": "api.stripe.com"}},
    "trace": {"id": "t"},
}
DOTTED = {
    "@timestamp": AT,
    "event.id": "e1",
    "event.dataset": "egress",
    "service.name": "checkout",
    "user.name": "svc",
    "user.roles": ["batch"],
    "destination.domain": "api.stripe.com",
    "destination.port": 443,
    "destination.ip": "192.0.2.1",
    "url.full": "https://api.stripe.com/v1",
    "http.request.method": "POST",
    "http.request.headers.content-type": "application/json",
    "http.request.headers.x.y": ["1", "2"],
    "http.request.body.content": "{}",
    "http.request.body.bytes": 2,
    "http.response.status_code": 200,
    "tls.version": "1.2",
    "tls.client.server_name": "api.stripe.com",
    "trace.id": "t",
}
MIXED = NESTED | {
    "service": {},
    "service.name": "checkout",
    "http": {
        "request.method": "POST",
        "request": {"headers": NESTED["http"]["request"]["headers"], "body.content": "{}"},
        "request.body.bytes": 2,
        "response.status_code": 200,
    },
}


def decode(obj: Any) -> Any:
    return ECS.decode(json.dumps(obj).encode())


@pytest.mark.parametrize("spelling", [DOTTED, MIXED], ids=["dotted", "mixed"])
def test_every_spelling_is_the_same_event(spelling: dict[str, Any]) -> None:
    assert decode(spelling) == decode(NESTED)
    assert decode(NESTED).http.request.headers == {
        "content-type": "application/json",
        "x.y": ["1", "2"],
    }


@pytest.mark.parametrize("group", sorted(k for k, v in NESTED.items() if isinstance(v, dict)))
def test_each_group_is_seen_when_only_it_is_dotted(group: str) -> None:
    one = {k: v for k, v in NESTED.items() if k != group}
    one |= {k: v for k, v in DOTTED.items() if k.startswith(f"{group}.")}
    assert decode(one) == decode(NESTED)


def test_what_ecs_has_and_we_do_not_read_is_ignored() -> None:
    other = {"agent.name": "x", "agent": 1, "labels": {"a.b": {"c": 1}}, "ecs.version": "8"}
    assert decode(NESTED | other) == decode(NESTED)


def test_absent_may_be_written_as_null() -> None:
    nulls = {"cloud": None, "source": None, "trace": {"id": None}}
    event = decode(NESTED | nulls)
    assert (event.cloud.region, event.trace.id, event.service.name) == ("", "", "checkout")


def test_dots_in_text_are_no_dotted_keys() -> None:
    body = json.dumps({"service.name": "not this one"})
    event = decode({"@timestamp": AT, "http": {"request": {"body": {"content": body}}}})
    assert event.service.name == ""
    assert event.http.request.body.content == body


@pytest.mark.parametrize(
    "mark",
    [
        {"resource": {"store": "crm"}},
        {"resource.store": "crm"},
        {"event": {"dataset": "access"}},
        {"event.dataset": "access"},
    ],
    ids=["resource", "resource-dotted", "dataset", "dataset-dotted"],
)
def test_an_access_event_is_known_by_resource_or_dataset(mark: dict[str, Any]) -> None:
    assert isinstance(decode({"@timestamp": AT, "rows": 3} | mark), AccessEvent)


def test_other_datasets_are_egress() -> None:
    assert isinstance(decode({"@timestamp": AT, "event": {"dataset": "http"}}), EgressEvent)


@pytest.mark.parametrize(
    "own",
    [{"egresswatch": {"subprocessor": "acme"}}, {"egresswatch.subprocessor": "acme"}],
    ids=["nested", "dotted"],
)
def test_our_own_field_in_both_spellings(own: dict[str, Any]) -> None:
    event = decode({"@timestamp": AT, "resource": {"fields": ["email"]}} | own)
    assert (event.subprocessor, event.resource.fields) == ("acme", ("email",))


def test_an_event_without_id_has_none() -> None:
    assert decode({"@timestamp": AT}).event.id == ""


def test_header_names_become_lower_case_and_repetitions_a_list() -> None:
    headers = {"X-A": "1", "x-a": ["2", "3"], "Host": "h"}
    event = decode({"@timestamp": AT, "http": {"request": {"headers": headers}}})
    assert event.http.request.headers == {"x-a": ["1", "2", "3"], "host": "h"}


def test_a_missing_destination_comes_from_the_url() -> None:
    event = decode({"@timestamp": AT, "url": {"full": "http://API.Example.com:8080/x"}})
    assert (event.destination.domain, event.destination.port) == ("api.example.com", 8080)


def test_a_given_destination_stays() -> None:
    event = decode({"@timestamp": AT, "url.full": "http://a/", "destination.domain": "b"})
    assert (event.destination.domain, event.destination.port) == ("b", None)


def test_far_but_possible_dates_are_kept() -> None:
    event = decode({"@timestamp": "9998-01-01T00:00:00+05:00"})
    assert event.timestamp == datetime(9997, 12, 31, 19, tzinfo=UTC)


SECRET = "jane.doe@example.org"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"\x00\x01\xff", "malformed-json"),
        ("{}".encode("utf-16"), "malformed-json"),
        (b'{"@timestamp":"' + AT.encode() + b'","url":{"full":"\xff"}}', "malformed-json"),
        (b"[]", "wrong-type"),
        (f'"{SECRET}"'.encode(), "wrong-type"),
        (b"{}", "wrong-type"),
        (f'{{"@timestamp":"{SECRET}"}}'.encode(), "wrong-type"),
        (b'{"@timestamp":"2026-01-31T12:00:00"}', "bad-timestamp"),
        (b'{"@timestamp":"9999-12-31T23:59:59-05:00"}', "bad-timestamp"),
        (b'{"@timestamp":"0001-01-01T00:00:00+05:00"}', "bad-timestamp"),
        (f'{{"@timestamp":"{AT}","url":"{SECRET}"}}'.encode(), "wrong-type"),
        (f'{{"@timestamp":"{AT}","url.full":{{"{SECRET}":1}}}}'.encode(), "wrong-type"),
        (f'{{"@timestamp":"{AT}","user.name":["{SECRET}"]}}'.encode(), "wrong-type"),
        (f'{{"@timestamp":"{AT}","user.name":"a","user":"{SECRET}"}}'.encode(), "ambiguous-field"),
        (f'{{"@timestamp":"{AT}","user":{{"{SECRET}":1,"name":"a"}},"user.name":"b"}}'.encode(),
         "ambiguous-field"),
        (f'{{"@timestamp":"{AT}","url.full":"http://[{SECRET}/"}}'.encode(), "bad-url"),
        (f'{{"@timestamp":"{AT}","destination":{{"port":70000}}}}'.encode(), "wrong-type"),
        (f'{{"@timestamp":"{AT}","resource":{{}},"rows":{2**64}}}'.encode(), "wrong-type"),
        (f'{{"@timestamp":"{AT}","x":{"[" * 10_000}{"]" * 10_000}}}'.encode(), "too-deep"),
        (f'{{"@timestamp":"{AT}","user.a":{"[" * 10_000}{"]" * 10_000}}}'.encode(), "too-deep"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_without_its_values(line: bytes, reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        ECS.decode(line)
    assert caught.value.reason == reason
    assert "jane" not in str(caught.value)


def test_a_key_with_very_many_dots_is_harmless() -> None:
    event = decode({"@timestamp": AT, "user." + "a." * 100_000: 1, "user.name": "svc"})
    assert event.user.name == "svc"
