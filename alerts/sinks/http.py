"""What sinks that speak HTTP share: one careful client, and what an answer means."""

# ruff: noqa: TID251 - httpx logs every URL, and such URLs hold tokens: it has to be silenced
import logging
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alerts.sinks.base import SinkError

if TYPE_CHECKING:
    import httpx

_TOO_EARLY_OR_BUSY = frozenset({408, 425, 429})
SMALL = 4096
"""Bytes of a body that are read only so that the connection can be used again."""
_REMEDY = {
    400: "the receiver does not take our message; is it one for this format?",
    401: "check the token or the credentials in the URL",
    403: "check the token, and what it may do",
    404: "check the URL; the hook may have been revoked",
    410: "the hook has been revoked: make a new one",
    413: "the receiver's limit on a request's size is too low",
}


def new_client(connect: float, read: float, ca_file: Path | None) -> "httpx.Client":
    """A client that reuses connections, verifies certificates and follows no redirect."""
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(
        timeout=httpx.Timeout(read, connect=connect),
        follow_redirects=False,
        verify=trusted(ca_file) if ca_file else True,
        headers={"User-Agent": "egresswatch"},
    )


def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """What verifies certificates; SinkError for a file that holds none."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError:
        problem = "ca_file holds no usable certificate (PEM)"
        raise SinkError(problem, recoverable=False, in_doubt=False) from None


def check_url(url: str) -> None:
    """ValueError for what is not an http(s) address with a host; never quotes it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in url):
        raise ValueError("is not an address such as https://hooks.example.com/path")


def place(url: str) -> str:
    """Scheme, host and port: all of a URL that a message may show, since credentials, query and
    often the path are secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def is_small(answer: "httpx.Response") -> bool:
    """Whether the body can be read without harm, so that the connection can be used again."""
    length = answer.headers.get("Content-Length", "")
    return length.isdigit() and int(length) <= SMALL


def judge_answer(label: str, answer: "httpx.Response", now: datetime) -> SinkError:
    """The error that an answer other than success means.

    5xx may come from a proxy after the receiver has taken the message, so it stays in doubt; what
    a receiver refuses or puts off with 4xx it has not taken.
    """
    status = answer.status_code
    if status in _TOO_EARLY_OR_BUSY or status >= 500:
        return SinkError(
            f"{label}: answered {status}",
            recoverable=True,
            retry_after=retry_after(answer.headers.get("Retry-After"), now),
            in_doubt=status >= 500,
        )
    remedy = "give the address it redirects to" if answer.is_redirect else _REMEDY.get(status)
    problem = f"{label}: answered {status}{f': {remedy}' if remedy else ''}"
    return SinkError(problem, recoverable=False, in_doubt=False)


def judge_failure(label: str, error: Exception) -> SinkError:
    """The error that no answer means. Only the texts of failed connections are shown: they come
    from the system and the TLS library, and hold nothing of the request."""
    import httpx

    unusable = httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, ValueError
    if isinstance(error, unusable):
        problem = f"{label}: the URL or the token has characters that HTTP cannot carry"
        return SinkError(problem, recoverable=False, in_doubt=False)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        problem = f"{label}: no connection ({str(error) or 'timed out'})"
        return SinkError(problem, recoverable=True, in_doubt=False)
    if isinstance(error, httpx.TimeoutException):
        return SinkError(f"{label}: no answer in time; see read_timeout", recoverable=True)
    return SinkError(f"{label}: connection lost ({type(error).__name__})", recoverable=True)


def retry_after(value: str | None, now: datetime) -> float | None:
    """A Retry-After header in seconds; None for a missing or unreadable one."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
