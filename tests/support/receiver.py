"""A real HTTP server on the loopback that receives webhooks, and can be told to misbehave."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import msgspec


@dataclass(frozen=True)
class Answer:
    """What the receiver does with one POST. `effect`: whether it takes the message. `drop`: the
    connection is closed without an answer. `wait`: it answers only once this event is set.
    `size` is the length of the body it answers with."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    effect: bool = True
    drop: bool = False
    wait: threading.Event | None = None
    size: int = 2


OK = Answer()
LOST_BEFORE = Answer(effect=False, drop=True)
LOST_AFTER = Answer(effect=True, drop=True)
TAKEN_BUT_502 = Answer(status=502, effect=True)


def refuse(status: int, **headers: str) -> Answer:
    """An answer that is no success and has no effect; `Retry_After` becomes `Retry-After`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=names, effect=False)


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.content)


class Receiver:
    """`requests` are all POSTs in order; `taken` the ones that had an effect, by idempotency key,
    as a receiver that does not look at keys would hold them. POST /hook, GET /hook/KEY."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.url = ""
        self.key = "idempotency-key"
        """The header by which requests are told apart."""
        self.reset()

    def reset(self) -> None:
        """As new, at the same address."""
        self.requests: list[Request] = []
        self.taken: dict[str, list[Request]] = defaultdict(list)
        self.connections = 0
        self.status_answers: deque[int] = deque()
        self._script: deque[Answer] = deque()

    def script(self, answers: Iterable[Answer]) -> None:
        """The next answers, in order; after them all is well."""
        with self._lock:
            self._script.extend(answers)

    def take(self, request: Request) -> Answer:
        with self._lock:
            answer = self._script.popleft() if self._script else OK
            self.requests.append(request)
            if answer.effect:
                self.taken[request.headers[self.key]].append(request)
            return answer

    def status(self, key: str) -> int:
        with self._lock:
            if self.status_answers:
                return self.status_answers.popleft()
            return 200 if key in self.taken else 404

    @property
    def once(self) -> dict[str, Request]:
        """What a receiver that heeds idempotency keys holds: the first of each."""
        return {key: requests[0] for key, requests in self.taken.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for a delayed acknowledgement
    receiver: ClassVar[Receiver]

    def setup(self) -> None:
        super().setup()
        self.receiver.connections += 1

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        if len(content) < length:  # the sender died in the middle: no request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.receiver.take(Request(self.path, headers, content))
        if answer.wait is not None:
            answer.wait.wait(30)
        if answer.drop:
            self.close_connection = True
            return
        self._answer(answer.status, answer.headers, answer.size)

    def do_GET(self) -> None:
        self._answer(self.receiver.status(self.path.rpartition("/")[2]), {}, 0)

    def _answer(self, status: int, headers: dict[str, str], size: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b" " * size)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests."""


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver()
    handler: Callable[..., _Handler] = type("Handler", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
