"""The recorded-traffic format."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from detectors.records import RecordError
from monitor.formats import FORMATS

TRAFFIC = FORMATS["traffic"]
LINE: dict[str, Any] = {
    "vendor": "Acme",
    "sdk": "acme-python",
    "ts": 1795529309.5,
    "method": "POST",
    "url": "https://API.acme.example/v1/people?x=1",
    "headers": [["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]],
    "body_b64": b64encode(b"hello").decode(),
    "tls_version": "TLSv1.3",
    "sni": "api.acme.example",
    "truth": [{"category": "PERSON", "value": "ignored"}],
}


def decode(**changes: Any) -> Any:
    return TRAFFIC.decode(json.dumps(LINE | changes).encode())


def test_a_line_becomes_an_egress_event() -> None:
    event = decode()
    request = event.http.request
    assert event.timestamp == datetime.fromtimestamp(1795529309.5, UTC)
    assert (event.event.id, event.service.name) == ("", "")
    assert (event.destination.domain, event.destination.port) == ("api.acme.example", 443)
    assert event.url.full == LINE["url"]
    assert request.headers == {"content-type": "text/plain", "x-a": ["1", "2"]}
    assert (request.method, request.body.encoding) == ("POST", "base64")
    assert (request.body.content, request.body.bytes) == (LINE["body_b64"], 5)
    assert (event.tls.version, event.tls.client.server_name) == ("TLSv1.3", "api.acme.example")


@pytest.mark.parametrize("size", range(7))
def test_the_body_size_is_that_of_the_decoded_body(size: int) -> None:
    body = decode(body_b64=b64encode(b"x" * size).decode()).http.request.body
    assert (body.bytes or 0) == size


def test_plain_http_has_no_tls() -> None:
    event = decode(url="http://acme.example/", tls_version=None, sni=None, body_b64="")
    assert (event.destination.port, event.tls.version) == (80, "")
    assert event.http.request.body.content == ""


def test_the_sender_is_named_by_service() -> None:
    assert decode(service="billing").service.name == "billing"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ts": 1e20}, "bad-timestamp"),
        ({"ts": "jane.doe"}, "wrong-type"),
        ({"url": "https://[jane.doe/"}, "bad-url"),
        ({"url": "https://acme.example:jane.doe/"}, "bad-url"),
        ({"headers": [["jane.doe"]]}, "wrong-type"),
        ({"body_b64": 7}, "wrong-type"),
    ],
)
def test_bad_lines_are_refused_without_their_values(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        decode(**changes)
    assert caught.value.reason == reason
    assert "jane" not in str(caught.value)
