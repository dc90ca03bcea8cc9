"""Request headers: what applications put there, without what HTTP itself needs."""

from collections.abc import Mapping
from functools import lru_cache

from detectors.decode import paths
from detectors.decode.work import Place, Work

_PROTOCOL_NAMES = """
accept accept-charset accept-encoding accept-language access-control-request-headers
access-control-request-method alt-used age cache-control connection content-disposition
content-encoding content-language content-length content-md5 content-range content-type date
dnt etag expect expires host http2-settings if-match if-modified-since if-none-match if-range
if-unmodified-since keep-alive last-modified max-forwards origin pragma priority
proxy-connection range server te trailer transfer-encoding upgrade upgrade-insecure-requests
user-agent vary via sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-ch-ua
sec-ch-ua-mobile sec-ch-ua-platform traceparent tracestate x-amz-content-sha256 x-amz-date
x-amzn-trace-id x-forwarded-port x-forwarded-proto x-request-id
"""
_CREDENTIAL_NAMES = """
authorization proxy-authorization x-api-key api-key apikey x-auth-token x-amz-security-token
"""
_SKIPPED = frozenset(_PROTOCOL_NAMES.split()) | frozenset(_CREDENTIAL_NAMES.split())
"""What HTTP itself needs, and the sender's own credentials: a basic-auth user is the SDK's
account, no data subject."""


_HEADER = Place("header")
_LONGEST_NAME = 64


def values(headers: Mapping[str, str | list[str]], name: str) -> list[str]:
    """All values of one header, by its name in lower case."""
    return [
        one
        for header, value in headers.items()
        if len(header) == len(name) and header.lower() == name
        for one in ([value] if isinstance(value, str) else value)
    ]


def add_headers(headers: Mapping[str, str | list[str]], work: Work, place: Place = _HEADER) -> None:
    """Leaves `header:x-amz-meta-customer`; cookies one by one, as `header:cookie:name`."""
    for header, value in headers.items():
        name, step = _header(header)
        if step is None or not value:
            continue
        for one in [value] if isinstance(value, str) else value:
            work.inspected += len(one)
            if name == "cookie":
                _add_cookies(one, place, work)
            else:
                _add(name, one, step, place, work)


def _header(header: str) -> tuple[str, paths.Step | None]:
    """A header's name in lower case, and its step; none where it is not looked at."""
    return _known_header(header) if len(header) <= _LONGEST_NAME else _header_step(header)


def _header_step(header: str) -> tuple[str, paths.Step | None]:
    name = header.lower()
    return name, None if name in _SKIPPED else paths.name(name)


_known_header = lru_cache(maxsize=paths.CACHED_PATHS)(_header_step)


def _add_cookies(value: str, place: Place, work: Work) -> None:
    for cookie in value.split(";"):
        name, _, content = cookie.strip().partition("=")
        if content and work.spend(len(content)):
            step = paths.name(name)
            written = step._replace(written=f"cookie:{step.written}")
            _add(name, content, written, place, work)


def _add(name: str, value: str, step: paths.Step, place: Place, work: Work) -> None:
    path = f"{place.path}:{step.written}"
    if not step.is_field:
        work.leaf(f"{path}>key", (), name)
    if value:
        work.text(value, Place(path, paths.parts(step.key), place.depth))
