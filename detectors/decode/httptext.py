"""Requests inside of a body, as batch interfaces send them."""

import re

from detectors.decode.headerblock import split_head
from detectors.decode.headers import add_headers
from detectors.decode.text import to_text
from detectors.decode.url import add_url
from detectors.decode.work import Place, Work

_REQUEST = re.compile(
    rb"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE) ([^\s]{1,8000})"
    rb"(?: HTTP/\d(?:\.\d)?)?[ \t]*(?:\r?\n|\Z)"
)


class HttpDecoder:
    """A request line, headers and a body: leaves as of a request of its own."""

    name = "http"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        match = _REQUEST.match(data)
        if match is None or match[1][:1] not in (b"/", b"h"):
            return False
        headers, body = split_head(data, match.end())
        inner = place.inner("http", headers.get("content-type", "").lower())
        address = Place(f"{inner.path}>url", (), inner.depth)
        add_url(to_text(match[1]), work, address)
        add_headers(dict(headers), work, Place(f"{inner.path}>header", (), inner.depth))
        if body.strip():
            work.open(body.removesuffix(b"\r\n"), inner)
        return True
