"""`/metrics`, `/livez` and `/readyz` on a thread of their own, so that a hung loop still answers.

Nothing here is secret, and nothing here is guarded: it listens on the loopback unless the
configuration says otherwise.
"""

# prometheus_client types its application in part:
# pyright: reportUnknownVariableType=false

from collections.abc import Callable, Iterable
from functools import partial
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from monitor.telemetry.health import Health
from monitor.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class TelemetryServer:
    """A small HTTP server. Port 0 takes any; `address` says which."""

    def __init__(self, host: str, port: int, metrics: Metrics, health: Health) -> None:
        """OSError where the port cannot be had."""
        app = _App(metrics, health)
        self._server = make_server(host, port, app, _ThreadingServer, _QuietHandler)
        self.address = f"http://{host}:{self._server.server_port}"
        serve = partial(self._server.serve_forever, poll_interval=0.1)
        self._thread = Thread(target=serve, name="telemetry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


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


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """A slow client keeps only its own thread busy."""

    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    timeout = 5  # seconds a client gets for its request

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Requests are not logged: a path may hold anything."""
