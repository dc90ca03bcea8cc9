"""A real HTTP(S) server on the loopback that keeps state, as the APIs of other companies do, and
can be told to misbehave."""

import ssl
import threading
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.support.receiver import OK, Answer

ApiT = TypeVar("ApiT", bound="Api")

TLS = Path(__file__).parent / "tls"
CA = TLS / "ca.pem"
"""Signs the certificate of the servers on the loopback, until the year 2126; nobody else knows of
it."""


@dataclass(frozen=True)
class Call:
    """One request as the server understood it."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes
    query: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.content)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.content.decode()))


@dataclass(frozen=True)
class Reply:
    """What the server says to a call that it was not told to spoil."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """`handle` is the API; calls for which `is_write` holds are spoilt as scripted, in order."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """As new, at the same address."""
        self.calls: list[Call] = []
        self._script: deque[Answer] = deque()

    def script(self, answers: Iterable[Answer]) -> None:
        """What becomes of the next writes; after them all is well."""
        with self.lock:
            self._script.extend(answers)

    def is_write(self, call: Call) -> bool:
        return call.method == "POST"

    def handle(self, call: Call) -> Reply:
        raise NotImplementedError

    def take(self, call: Call) -> tuple[Answer, Reply]:
        with self.lock:
            self.calls.append(call)
            answer = self._script.popleft() if self._script and self.is_write(call) else OK
            return answer, self.handle(call) if answer.effect else Reply()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    api: ClassVar[Api]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        if len(content) < length:  # the sender died in the middle: no request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        call = Call(self.command, parts.path, headers, content, query)
        answer, reply = self.api.take(call)
        if answer.wait is not None:
            answer.wait.wait(30)
        if answer.drop:
            self.close_connection = True
            return
        if answer.status != 200:
            reply = Reply(None, answer.status, answer.headers)
        self._answer(reply)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self, reply: Reply) -> None:
        body = b"" if reply.body is None else msgspec.json.encode(reply.body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests."""


def server_context() -> ssl.SSLContext:
    """TLS for a server on the loopback, with the certificate that CA signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "loopback.pem")
    return context


@contextmanager
def serving(api: ApiT, *, tls: bool = False) -> Generator[ApiT]:
    """The API at `api.url` while the block runs."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
    if tls:
        server.socket = server_context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    api.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
