"""Envoy's tap filter: one buffered HTTP trace as JSON (data.tap.v3.TraceWrapper)."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from detectors.records import EgressEvent, RecordError
from detectors.records.base import translated_errors, utc
from detectors.records.events import Address, Body, Http, Request, Response, Url
from monitor.formats.http_parts import Headers, base64_size, merged_headers, target


class _Header(msgspec.Struct):
    key: str
    value: str = ""


class _Body(msgspec.Struct):
    truncated: bool = False
    as_bytes: str = ""
    """Base64."""
    as_string: str = ""


class _Message(msgspec.Struct):
    headers: list[_Header] = []
    body: _Body | None = None
    received: datetime | None = msgspec.field(name="headers_received_time", default=None)


class _Trace(msgspec.Struct):
    request: _Message
    response: _Message | None = None


class _Wrapper(msgspec.Struct):
    trace: _Trace = msgspec.field(name="http_buffered_trace")

    def __repr__(self) -> str:
        return "<Envoy trace>"


_decoder = msgspec.json.Decoder(_Wrapper)


class EnvoyFormat:
    """The moment is `headers_received_time` (the tap's `record_headers_received_time`), else the
    answer's `date`. Streamed traces are refused: their parts do not stand alone."""

    name = "envoy"

    def decode(self, data: bytes) -> EgressEvent:
        with translated_errors():
            trace = _decoder.decode(data).trace
        headers = _headers(trace.request)
        answer = _headers(trace.response) if trace.response else {}
        scheme, authority = _text(headers, ":scheme") or "https", _text(headers, ":authority")
        url = f"{scheme}://{authority or _text(headers, 'host')}{_text(headers, ':path')}"
        domain, port = target(url, "$.http_buffered_trace.request.headers")
        kept = {name: value for name, value in headers.items() if not name.startswith(":")}
        return EgressEvent(
            timestamp=_moment(trace.request, answer),
            destination=Address(domain=domain, port=port),
            url=Url(full=url),
            http=Http(
                request=Request(
                    method=_text(headers, ":method"), headers=kept, body=_body(trace.request.body)
                ),
                response=Response(status_code=_status(_text(answer, ":status"))),
            ),
        )


def _headers(message: _Message) -> Headers:
    return merged_headers((header.key, header.value) for header in message.headers)


def _text(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    return value if isinstance(value, str) else value[0]


def _body(body: _Body | None) -> Body:
    if body is None:
        return Body()
    if body.as_bytes:
        size = None if body.truncated else base64_size(body.as_bytes)
        return Body(content=body.as_bytes, encoding="base64", bytes=size, truncated=body.truncated)
    size = None if body.truncated else len(body.as_string.encode("utf-8", "replace"))
    return Body(content=body.as_string, bytes=size, truncated=body.truncated)


def _moment(request: _Message, answer: Headers) -> datetime:
    where = "$.http_buffered_trace.request.headers_received_time"
    try:
        return utc(request.received or parsedate_to_datetime(_text(answer, "date")))
    except (ValueError, OverflowError):
        problem = "no moment: set the tap's record_headers_received_time"
        raise RecordError("bad-timestamp", problem, where) from None


def _status(text: str) -> int | None:
    """An answer's status; what is none is not kept."""
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None
