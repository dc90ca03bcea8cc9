"""Requests to decode, short to write."""

import base64
from datetime import UTC, datetime

from detectors.decode import Budget, Decoded, decode_request
from detectors.records import EgressEvent
from detectors.records.events import Body, Http, Request, Url

Headers = dict[str, str | list[str]]


def request(
    body: bytes | str = "",
    *,
    url: str = "https://api.vendor.example/v1",
    headers: Headers | None = None,
    size: int | None = None,
    truncated: bool = False,
) -> EgressEvent:
    captured = (
        Body(content=body, bytes=size, truncated=truncated)
        if isinstance(body, str)
        else Body(
            content=base64.b64encode(body).decode(),
            encoding="base64",
            bytes=size,
            truncated=truncated,
        )
    )
    return EgressEvent(
        timestamp=datetime(2026, 3, 1, tzinfo=UTC),
        url=Url(full=url),
        http=Http(request=Request(method="POST", headers=headers or {}, body=captured)),
    )


def decoded(body: bytes | str = "", *, budget: Budget | None = None, **kwargs: object) -> Decoded:
    return decode_request(request(body, **kwargs), budget or Budget())  # type: ignore[arg-type]


def leaves(body: bytes | str = "", **kwargs: object) -> dict[str, str]:
    """Path to text, of everything but the address."""
    result = decoded(body, **kwargs)  # type: ignore[arg-type]
    return {leaf.path: leaf.text for leaf in result.leaves if not leaf.path.startswith("url.path")}


def reasons(result: Decoded) -> dict[str, int]:
    return {entry.reason: entry.bytes for entry in result.uninspected}
