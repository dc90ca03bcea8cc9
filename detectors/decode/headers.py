"""Request headers: what applications put there, without what HTTP itself needs."""

from collections.abc import Iterator, Mapping

from detectors.decode import paths
from detectors.decode.jsonbody import add_string
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


def values(headers: Mapping[str, str | list[str]], name: str) -> list[str]:
    """All values of one header, by its name in lower case."""
    return [value for key, value in _flat(headers) if key == name]


def add_headers(headers: Mapping[str, str | list[str]], work: Work) -> None:
    """Leaves `header:x-amz-meta-customer`; cookies one by one, as `header:cookie:name`."""
    for name, value in _flat(headers):
        if name in _SKIPPED or not value:
            continue
        work.inspected += len(value)
        if name == "cookie":
            _add_cookies(value, work)
        else:
            _add(name, value, f"header:{paths.name(name).written}", work)


def _add_cookies(value: str, work: Work) -> None:
    for cookie in value.split(";"):
        name, _, content = cookie.strip().partition("=")
        if content:
            _add(name, content, f"header:cookie:{paths.name(name).written}", work)


def _add(name: str, value: str, path: str, work: Work) -> None:
    step = paths.name(name)
    if not step.is_field:
        work.leaf(f"{path}>key", (), name)
    add_string(value, Place(path, (step.key,)), work)


def _flat(headers: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        for one in [value] if isinstance(value, str) else value:
            yield name.lower(), one
