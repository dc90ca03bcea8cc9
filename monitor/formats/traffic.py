"""The recorded-traffic format: one line of JSON a request, its body in base64 as it was sent."""

from datetime import UTC, datetime

import msgspec

from detectors.records import EgressEvent, RecordError
from detectors.records.base import translated_errors
from detectors.records.events import Address, Body, Http, Request, Service, Tls, TlsClient, Url
from monitor.formats.http_parts import base64_size, merged_headers, target


class _Line(msgspec.Struct):
    """What is read of a line; other members (the recorder's truth, for example) are ignored."""

    ts: float
    method: str
    url: str
    headers: list[tuple[str, str]] = []
    body_b64: str = ""
    tls_version: str | None = None
    sni: str | None = None
    service: str = ""

    def __repr__(self) -> str:
        return "<line of recorded traffic>"


_decoder = msgspec.json.Decoder(_Line)


class TrafficFormat:
    """`ts` is in seconds since 1970; `headers` are pairs; `service`, if present, the sender."""

    name = "traffic"

    def decode(self, data: bytes) -> EgressEvent:
        with translated_errors():
            line = _decoder.decode(data)
        domain, port = target(line.url, "$.url")
        body = Body()
        if line.body_b64:
            body = Body(content=line.body_b64, encoding="base64", bytes=base64_size(line.body_b64))
        return EgressEvent(
            timestamp=_moment(line.ts),
            service=Service(name=line.service),
            destination=Address(domain=domain, port=port),
            url=Url(full=line.url),
            http=Http(
                request=Request(method=line.method, headers=merged_headers(line.headers), body=body)
            ),
            tls=Tls(version=line.tls_version or "", client=TlsClient(server_name=line.sni or "")),
        )


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise RecordError(
            "bad-timestamp", "not a number of seconds since 1970 in the years 1 to 9999", "$.ts"
        ) from None
