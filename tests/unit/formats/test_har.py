"""HAR entries as browsers and proxies write them."""

import json
from base64 import b64encode
from typing import Any

import pytest

from detectors.records import RecordError
from monitor.formats import FORMATS

HAR = FORMATS["har"]


def entry(**request: Any) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-01-31T12:00:00.1234567+01:00",
        "time": 1,
        "request": {"method": "POST", "url": "https://api.acme.example:8443/v1"} | request,
        "response": {"status": 201, "content": {"text": "not read"}},
        "serverIPAddress": "[2001:db8::1]",
    }


def decode(obj: Any) -> Any:
    return HAR.decode(json.dumps(obj).encode())


def test_an_entry_becomes_an_egress_event() -> None:
    headers = [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]
    post = {"mimeType": "text/plain", "text": "héllo"}
    event = decode(entry(headers=headers, postData=post, bodySize=6))
    assert event.timestamp.isoformat() == "2026-01-31T11:00:00.123457+00:00"
    assert event.destination.domain == "api.acme.example"
    assert (event.destination.port, event.destination.ip) == (8443, "2001:db8::1")
    assert event.http.request.headers == {"x-a": ["1", "2"]}
    body = event.http.request.body
    assert (body.content, body.encoding, body.bytes) == ("héllo", "utf-8", 6)
    assert event.http.response.status_code == 201


@pytest.mark.parametrize("member", ["encoding", "_encoding"])
def test_binary_bodies_are_marked_in_either_way(member: str) -> None:
    post = {"mimeType": "x/y", "text": b64encode(b"\x00\xff").decode(), member: "base64"}
    body = decode(entry(postData=post, bodySize=-1)).http.request.body
    assert (body.encoding, body.bytes) == ("base64", 2)


def test_a_form_recorded_as_parameters_only_is_its_body() -> None:
    params = [{"name": "email", "value": "a@b.example"}, {"name": "x"}]
    body = decode(entry(postData={"mimeType": "x", "params": params})).http.request.body
    assert (body.content, body.encoding) == ("email=a%40b.example&x=", "utf-8")


def test_without_body_and_answer() -> None:
    bare = entry()
    bare["response"] = {"status": 0}
    event = decode(bare)
    assert event.http.request.body.bytes is None
    assert event.http.response.status_code is None


def test_tls_of_recorders_that_note_it() -> None:
    event = decode(entry() | {"_tls": "TLSv1.2", "_sni": "acme.example"})
    assert (event.tls.version, event.tls.client.server_name) == ("TLSv1.2", "acme.example")


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        ([1], "wrong-type"),
        (entry() | {"startedDateTime": "jane.doe"}, "wrong-type"),
        (entry() | {"startedDateTime": "2026-01-31T12:00:00"}, "bad-timestamp"),
        (entry(url="https://[jane.doe/"), "bad-url"),
        (entry(headers=[{"value": "jane.doe"}]), "wrong-type"),
    ],
)
def test_bad_entries_are_refused_without_their_values(obj: Any, reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        decode(obj)
    assert caught.value.reason == reason
    assert "jane" not in str(caught.value)
