"""Akto's mirror format: what its traffic collectors write to the topic `akto.api.logs`."""

from datetime import UTC, datetime

import msgspec

from detectors.records import EgressEvent, RecordError
from detectors.records.base import translated_errors
from detectors.records.events import Address, Body, Http, Request, Response, Url
from monitor.formats.http_parts import Headers, merged_headers, target


class _Log(msgspec.Struct):
    """What is read of a record; all of Akto's members are text, numbers too."""

    path: str
    method: str
    time: str
    headers: str = msgspec.field(name="requestHeaders", default="{}")
    payload: str = msgspec.field(name="requestPayload", default="")
    status: str = msgspec.field(name="statusCode", default="")

    def __repr__(self) -> str:
        return "<Akto log>"


_decoder = msgspec.json.Decoder(_Log)
_headers_decoder = msgspec.json.Decoder(dict[str, str])


class AktoFormat:
    """`time` is in seconds since 1970; the host is in `path`, or in the header `host`. Akto does
    not say whether TLS was used: a path without a scheme is taken for https."""

    name = "akto"

    def decode(self, data: bytes) -> EgressEvent:
        with translated_errors():
            log = _decoder.decode(data)
        headers = _headers(log.headers)
        url = _url(log.path, headers)
        domain, port = target(url, "$.path")
        body = Body(content=log.payload, bytes=len(log.payload.encode("utf-8", "replace")))
        return EgressEvent(
            timestamp=_moment(log.time),
            destination=Address(domain=domain, port=port),
            url=Url(full=url),
            http=Http(
                request=Request(method=log.method, headers=headers, body=body),
                response=Response(status_code=_status(log.status)),
            ),
        )


def _headers(text: str) -> Headers:
    try:
        return merged_headers(_headers_decoder.decode(text).items())
    except (msgspec.DecodeError, UnicodeError):
        raise RecordError(
            "wrong-type", "not an object of texts, as JSON in a text", "$.requestHeaders"
        ) from None


def _url(path: str, headers: Headers) -> str:
    host = headers.get("host", "")
    if "://" in path.partition("?")[0] or not host:
        return path
    return f"https://{host if isinstance(host, str) else host[0]}{path}"


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise RecordError(
            "bad-timestamp", "not a number of seconds since 1970 in the years 1 to 9999", "$.time"
        ) from None


def _status(text: str) -> int | None:
    """An answer's status; what is none is not kept."""
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None
