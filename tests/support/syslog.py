"""A syslog receiver on the loopback: datagrams, or lines framed by their count of octets."""

import re
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple

from tests.support.api import server_context

FIVE_FOUR_TWO_FOUR = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<process>\S+)"
    r" (?P<kind>\S+) (?P<data>-|\[.*\]) (?P<message>.*)"
)


class Line(NamedTuple):
    """One message as RFC 5424 reads it."""

    priority: int
    time: str
    host: str
    app: str
    kind: str
    message: str


class Collector:
    """`lines` are what arrived; `reset` makes it slam the next connection with the data unread."""

    def __init__(self) -> None:
        self.port = 0
        self.lines: list[Line] = []
        self.reset = False
        self.arrived = threading.Condition()

    def take(self, data: bytes) -> None:
        found = FIVE_FOUR_TWO_FOUR.fullmatch(data.decode())
        assert found, data
        with self.arrived:
            line = found.group("priority", "time", "host", "app", "kind", "message")
            self.lines.append(Line(int(line[0]), *line[1:]))
            self.arrived.notify_all()

    def wait(self, count: int) -> list[Line]:
        """The lines, once there are so many of them."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.lines) >= count, 10)
            return list(self.lines)


@contextmanager
def collecting(protocol: Literal["udp", "tcp", "tls"]) -> Generator[Collector]:
    """A collector that listens while the block runs."""
    collector = Collector()
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as listening:
        listening.bind(("127.0.0.1", 0))
        collector.port = listening.getsockname()[1]
        serve = _datagrams if protocol == "udp" else _streams
        if protocol != "udp":
            listening.listen()
        thread = threading.Thread(target=serve, args=(listening, collector, protocol == "tls"))
        thread.start()
        try:
            yield collector
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            if protocol == "udp":  # a datagram socket is not woken by its shutdown everywhere
                with socket.socket(socket.AF_INET, kind) as waking:
                    waking.sendto(b"", ("127.0.0.1", collector.port))
            thread.join()


def _datagrams(listening: socket.socket, collector: Collector, _: bool) -> None:
    while data := listening.recv(65_536):
        collector.take(data)


def _streams(listening: socket.socket, collector: Collector, tls: bool) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # the end
            return
        with connection:
            if collector.reset:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.recv(1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                continue
            with suppress(ssl.SSLError, ConnectionError):
                if tls:
                    with server_context().wrap_socket(connection, server_side=True) as wrapped:
                        _read(wrapped, collector)
                else:
                    _read(connection, collector)


def _read(connection: socket.socket, collector: Collector) -> None:
    data = b""
    while chunk := connection.recv(65_536):
        data += chunk
    while data:
        count, _, rest = data.partition(b" ")
        collector.take(rest[: int(count)])
        data = rest[int(count) :]
