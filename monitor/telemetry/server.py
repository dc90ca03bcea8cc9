"""`/metrics`, `/livez` and `/readyz` on a thread of their own, so that a hung loop still answers.

Nothing here is secret, and nothing here is guarded: it listens on the loopback unless the
configuration says otherwise.
"""

# prometheus_client types its application in part:
# pyright: reportUnknownVariableType=false

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client import make_wsgi_app

from monitor.telemetry.health import Health
from monitor.telemetry.http import SmallServer
from monitor.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class TelemetryServer(SmallServer):
    """Serves what a process says of itself."""

    def __init__(self, host: str, port: int, metrics: Metrics, health: Health) -> None:
        """OSError where the port cannot be had."""
        super().__init__(host, port, _App(metrics, health), "telemetry")


class _App:
    def __init__(self, metrics: Metrics, health: Health) -> None:
        self._metrics: WSGIApplication = make_wsgi_app(metrics.registry)
        self._checks: dict[str, Callable[[], list[str]]] = {
            "/livez": health.stalled,
            "/readyz": health.unready,
        }

    def __call__(self, environment: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        path = environment.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics(environment, respond)
        if (check := self._checks.get(path)) is None:
            return _answer(respond, "404 Not Found", ["/metrics, /livez or /readyz"])
        problems = check()
        status = "503 Service Unavailable" if problems else "200 OK"
        return _answer(respond, status, problems or ["ok"])


def _answer(respond: "StartResponse", status: str, lines: list[str]) -> Iterable[bytes]:
    body = "".join(f"{line}\n" for line in lines).encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    respond(status, headers)
    return [body]
