"""A small HTTP server on a thread of its own, so that a program whose loop hangs still answers."""

from functools import partial
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class SmallServer:
    """Serves a WSGI application, each request on its own thread. Port 0 takes any; `address` says
    which."""

    def __init__(self, host: str, port: int, app: "WSGIApplication", name: str) -> None:
        """OSError where the port cannot be had."""
        self._server = make_server(host, port, app, _ThreadingServer, _QuietHandler)
        self.address = f"http://{host}:{self._server.server_port}"
        serve = partial(self._server.serve_forever, poll_interval=0.1)
        self._thread = Thread(target=serve, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """A slow client keeps only its own thread busy."""

    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    timeout = 5  # seconds a client gets for its request

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Requests are not logged: a path may hold anything."""
