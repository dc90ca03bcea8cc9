"""Akto's and Envoy's records: where host, moment, body and status are found."""

import json
from base64 import b64encode
from typing import Any

import pytest

from detectors.records import RecordError
from monitor.formats import FORMATS
from tests.support.moments import MONDAY


def akto(**members: str) -> bytes:
    record = {"path": "/v1?q=1", "method": "POST", "time": str(MONDAY.timestamp()), **members}
    return json.dumps(record).encode()


def envoy(body: dict[str, Any] | None = None, **members: Any) -> bytes:
    pairs = {":authority": "api.stripe.com", ":path": "/v1", ":method": "POST", ":scheme": "http"}
    headers = [{"key": key, "value": value} for key, value in pairs.items()]
    request = {"headers": headers, **({"body": body} if body else {}), **members}
    response = [
        {"key": ":status", "value": "402"},
        {"key": "date", "value": "Mon, 02 Mar 2026 00:00:00 GMT"},
    ]
    trace = {"request": request, "response": {"headers": response}}
    return json.dumps({"http_buffered_trace": trace}).encode()


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/v1?q=1", "https://api.stripe.com/v1?q=1"),
        ("http://other.example/a", "http://other.example/a"),
        ("/go?to=http://x.example", "https://api.stripe.com/go?to=http://x.example"),
    ],
)
def test_akto_names_the_host_in_the_path_or_in_a_header(path: str, url: str) -> None:
    headers = '{"Host": "api.stripe.com", "Content-Type": "application/json"}'
    event = FORMATS["akto"].decode(akto(path=path, requestHeaders=headers))
    assert event.url.full == url
    assert event.timestamp == MONDAY


def test_akto_s_payload_status_and_headers_are_kept() -> None:
    event = FORMATS["akto"].decode(akto(requestPayload="é", statusCode="201"))
    body = event.http.request.body
    assert (body.content, body.bytes) == ("é", 2)
    assert event.http.response.status_code == 201


@pytest.mark.parametrize("headers", ["jane", '["jane"]', '{"a": {"jane": 1}}'])
def test_akto_s_headers_that_are_none_are_refused_without_a_word_of_them(headers: str) -> None:
    with pytest.raises(RecordError, match=r"\$\.requestHeaders") as caught:
        FORMATS["akto"].decode(akto(requestHeaders=headers))
    assert "jane" not in str(caught.value)


def test_envoy_s_body_is_bytes_or_text_and_may_be_cut() -> None:
    packed = b64encode(b"a=1&b=2").decode()
    body = FORMATS["envoy"].decode(envoy({"as_bytes": packed})).http.request.body
    assert (body.content, body.encoding, body.bytes, body.truncated) == (packed, "base64", 7, False)
    body = FORMATS["envoy"].decode(envoy({"as_string": "a=1", "truncated": True})).http.request.body
    assert (body.content, body.encoding, body.bytes, body.truncated) == ("a=1", "utf-8", None, True)


def test_envoy_s_moment_is_the_answer_s_date_where_it_recorded_none() -> None:
    event = FORMATS["envoy"].decode(envoy())
    assert event.timestamp == MONDAY
    assert (event.url.full, event.http.response.status_code) == ("http://api.stripe.com/v1", 402)
    assert not any(name.startswith(":") for name in event.http.request.headers)


def test_envoy_s_trace_without_any_moment_is_refused_with_the_remedy() -> None:
    trace = {"http_buffered_trace": {"request": {}}}
    with pytest.raises(RecordError, match="record_headers_received_time"):
        FORMATS["envoy"].decode(json.dumps(trace).encode())
