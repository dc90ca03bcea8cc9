"""HTTP Archive 1.2: one entry of `log.entries` is one request."""

from datetime import datetime
from urllib.parse import urlencode

import msgspec

from detectors.records import EgressEvent
from detectors.records.base import translated_errors
from detectors.records.events import (
    Address,
    Body,
    Http,
    Request,
    Response,
    Tls,
    TlsClient,
    Url,
)
from monitor.formats.http_parts import base64_size, merged_headers, target


class _Pair(msgspec.Struct):
    """A header or a parameter."""

    name: str
    value: str = ""


class _PostData(msgspec.Struct):
    """`encoding` is no part of HAR 1.2, but what recorders write beside binary bodies."""

    text: str = ""
    encoding: str = ""
    encoding_: str = msgspec.field(name="_encoding", default="")
    params: list[_Pair] = []


class _Request(msgspec.Struct):
    method: str
    url: str
    headers: list[_Pair] = []
    post_data: _PostData | None = msgspec.field(name="postData", default=None)
    body_size: float | None = msgspec.field(name="bodySize", default=None)


class _Response(msgspec.Struct):
    status: int = 0


class _Entry(msgspec.Struct):
    """`_tls` and `_sni` are additions that some recorders write; HAR itself has none for TLS."""

    started: datetime = msgspec.field(name="startedDateTime")
    request: _Request
    response: _Response | None = None
    server_ip: str = msgspec.field(name="serverIPAddress", default="")
    tls: str | None = msgspec.field(name="_tls", default=None)
    sni: str | None = msgspec.field(name="_sni", default=None)

    def __repr__(self) -> str:
        return "<HAR entry>"


_decoder = msgspec.json.Decoder(_Entry)


class HarFormat:
    """The bytes of one entry; the file around it is the source's business."""

    name = "har"

    def decode(self, data: bytes) -> EgressEvent:
        with translated_errors():
            entry = _decoder.decode(data)
        request = entry.request
        domain, port = target(request.url, "$.request.url")
        return EgressEvent(
            timestamp=entry.started,
            destination=Address(domain=domain, port=port, ip=entry.server_ip.strip("[]")),
            url=Url(full=request.url),
            http=Http(
                request=Request(
                    method=request.method,
                    headers=merged_headers((pair.name, pair.value) for pair in request.headers),
                    body=_body(request),
                ),
                response=Response(status_code=_status(entry.response)),
            ),
            tls=Tls(version=entry.tls or "", client=TlsClient(server_name=entry.sni or "")),
        )


def _body(request: _Request) -> Body:
    post = request.post_data
    if post is None:
        return Body()
    # Browsers record a submitted form as parameters only.
    text = post.text or urlencode([(pair.name, pair.value) for pair in post.params])
    binary = "base64" in (post.encoding.lower(), post.encoding_.lower()) and bool(post.text)
    size = base64_size(text) if binary else len(text.encode())
    if request.body_size is not None and 0 < request.body_size < 2**63:
        size = int(request.body_size)  # -1 says that the recorder does not know
    return Body(content=text, encoding="base64" if binary else "utf-8", bytes=size)


def _status(response: _Response | None) -> int | None:
    """The answer's status; a request that got no answer is recorded with 0 (or worse)."""
    if response is None or not 100 <= response.status <= 999:
        return None
    return response.status
