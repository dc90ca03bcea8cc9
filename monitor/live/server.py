"""GET /live: the view as JSON, for the console's live page and for scripts."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from monitor.clock import Clock
from monitor.live.view import HourView
from monitor.telemetry.http import SmallServer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_KEPT = timedelta(seconds=1)
"""How long one answer serves everybody: making it costs a tenth of a second at worst."""
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is served. The hour has everything that was committed until `as_of`, which is
    `age_seconds` ago; null until the topics were read for the first time. `waiting` records are
    not in it yet, `unreadable` ones never will be."""

    now: datetime
    as_of: datetime | None
    age_seconds: float | None
    stale: bool
    waiting: int
    unreadable: int
    hour: HourView


class LiveServer(SmallServer):
    """Answers until it is stopped, whatever became of Kafka."""

    def __init__(self, host: str, port: int, answer: Callable[[], Answer], clock: Clock) -> None:
        """OSError where the port cannot be had."""
        super().__init__(host, port, _App(answer, clock), "live")


class _App:
    def __init__(self, answer: Callable[[], Answer], clock: Clock) -> None:
        self._answer = answer
        self._clock = clock
        self._lock = Lock()
        self._made: tuple[datetime, bytes] | None = None

    def __call__(self, environment: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        if not _asked_by_address(environment.get("HTTP_HOST", "")):
            return _error(respond, "403 Forbidden", "ask by an IP address or by localhost")
        if environment.get("PATH_INFO") != "/live":
            return _error(respond, "404 Not Found", "GET /live")
        if environment["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return _error(respond, "405 Method Not Allowed", "GET /live")
        body = self._body()
        respond("200 OK", [*_HEADERS, ("Content-Length", str(len(body)))])
        return [body if environment["REQUEST_METHOD"] == "GET" else b""]

    def _body(self) -> bytes:
        with self._lock:
            now = self._clock.now()
            if self._made is None or not timedelta(0) <= now - self._made[0] < _KEPT:
                self._made = now, msgspec.json.encode(self._answer())
            return self._made[1]


def _asked_by_address(host: str) -> bool:
    """A page of the web can point a name of its own at this machine, but not an address."""
    name = urlsplit(f"//{host}").hostname
    if name == "localhost":
        return True
    try:
        ip_address(name or "")
    except ValueError:
        return False
    return True


def _error(respond: "StartResponse", status: str, problem: str) -> Iterable[bytes]:
    body = msgspec.json.encode({"error": problem})
    respond(status, [*_HEADERS, ("Content-Length", str(len(body)))])
    return [body]
