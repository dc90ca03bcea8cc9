"""Syslog (RFC 5424) over UDP, TCP or TLS, with the message in CEF or as OCSF."""

# ruff: noqa: TID251 - a sink is I/O
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import Literal, get_args

from pydantic import Field

from alerts.messages import Message
from alerts.sinks.base import SinkError
from alerts.sinks.cef import cef
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.http import trusted
from alerts.sinks.ocsf import ocsf_body
from alerts.sinks.shared import BaseSink, Tools
from detectors.records.alert import Severity
from detectors.yamlfile import ConfigFile

Facility = Literal[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
]  # fmt: skip
_FACILITIES: tuple[Facility, ...] = get_args(Facility)
_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
_SEVERITY: dict[Severity, int] = {"low": 5, "medium": 4, "high": 3, "critical": 2}
"""notice, warning, error, critical."""

_DATAGRAM, _LINE = 2048, 8192
"""Bytes that receivers take: by RFC 5426 of a datagram, by RFC 5425 of a line."""


class SyslogConfig(BaseSinkConfig):
    """Sends each message to a syslog server or a SIEM's collector."""

    type: Literal["syslog"] = Field(description="This kind of sink.", examples=["syslog"])
    host: str = Field(min_length=1, description="The receiver.", examples=["siem.example.com"])
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port; else 514 (UDP), 601 (TCP) or 6514 (TLS).",
        examples=[6514],
    )
    protocol: Literal["udp", "tcp", "tls"] = Field(
        default="tls",
        description="UDP loses what nobody takes; TCP and TLS frame by counting octets.",
        examples=["tcp"],
    )
    format: Literal["cef", "ocsf"] = Field(
        default="cef", description="What the message is in.", examples=["ocsf"]
    )
    facility: Facility = Field(
        default="local4", description="The syslog facility.", examples=["audit"]
    )
    hostname: str = Field(
        default="egresswatch",
        pattern=r"^[!-~]{1,255}$",
        description="The name under which Egresswatch reports.",
        examples=["egresswatch.example.com"],
    )
    ca_file: ConfigFile | None = Field(
        default=None,
        description="Certificates (PEM) to trust instead of the public authorities.",
        examples=["/etc/ssl/company-ca.pem"],
    )
    timeout: float = Field(
        default=5, gt=0, le=60, description="Seconds to wait for the receiver.", examples=[5]
    )

    def build(self, tools: Tools) -> "SyslogSink":
        """The sink."""
        return SyslogSink(self, tools)


class SyslogSink(BaseSink):
    """Guarantee: over TCP and TLS at least once, as far as the receiver's machine took it: syslog
    has no acknowledgement. Over UDP none. A possible repeat is marked; its deliveryId is the same.
    """

    def __init__(self, config: SyslogConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config
        self._port = config.port or _PORTS[config.protocol]
        self._label = f"sink {config.name} (syslog {config.protocol} {config.host}:{self._port})"

    def send(self, message: Message) -> None:
        line = self._line(message)
        if self._config.protocol == "udp":
            self._send_datagram(line)
            return
        with self._connected() as connection:
            try:
                connection.sendall(str(len(line)).encode() + b" " + line)
                _await_end(connection)
            except OSError as error:
                raise self._failed("connection lost", error, in_doubt=True) from None

    def preview(self, message: Message) -> str:
        return self._line(message).decode()

    def check(self) -> str:
        if self._config.protocol == "udp":
            self._address()
            return "the name resolves; whether somebody listens, UDP does not tell"
        with self._connected():
            return "the receiver takes connections"

    def _line(self, message: Message) -> bytes:
        config = self._config
        priority = _FACILITIES.index(config.facility) * 8 + _SEVERITY[message.alert.severity]
        moment = message.decided.astimezone(UTC).isoformat().replace("+00:00", "Z")
        head = f"<{priority}>1 {moment} {config.hostname} egresswatch - {message.why} - ".encode()
        content = self.composer.content(message)
        if config.format == "ocsf":
            return head + ocsf_body(message, content)
        largest = _DATAGRAM if config.protocol == "udp" else _LINE
        return head + cef(message, content, largest - len(head))

    def _send_datagram(self, line: bytes) -> None:
        family, address = self._address()
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as channel:
                channel.sendto(line, address)
        except OSError as error:
            raise self._failed("cannot send", error, in_doubt=False) from None

    def _address(self) -> tuple[int, tuple[object, ...]]:
        try:
            found = socket.getaddrinfo(self._config.host, self._port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise self._failed("host: the name does not resolve", error, in_doubt=False) from None
        return found[0][0], found[0][4]

    @contextmanager
    def _connected(self) -> Generator[socket.socket]:
        """A connection for one message: one that is kept may have been closed long ago, and would
        take a message into the void without an error."""
        config = self._config
        try:
            plain = socket.create_connection((config.host, self._port), config.timeout)
        except OSError as error:
            raise self._failed("no connection", error, in_doubt=False) from None
        with plain:
            if config.protocol != "tls":
                yield plain
                return
            try:
                wrapped = trusted(config.ca_file).wrap_socket(plain, server_hostname=config.host)
            except OSError as error:
                raise self._failed("no TLS connection", error, in_doubt=False) from None
            with wrapped:
                yield wrapped

    def _failed(self, what: str, error: OSError, *, in_doubt: bool) -> SinkError:
        problem = f"{self._label}: {what} ({type(error).__name__})"
        return SinkError(problem, recoverable=True, in_doubt=in_doubt)


def _await_end(connection: socket.socket) -> None:
    """Says that this was all, and waits for the receiver to close: one that died with the message
    unread resets the connection. A receiver that keeps it open has taken the message all the same.
    """
    if isinstance(connection, ssl.SSLSocket):
        with suppress(TimeoutError, ssl.SSLError):
            connection.unwrap()
        return
    connection.shutdown(socket.SHUT_WR)
    with suppress(TimeoutError):
        while connection.recv(1024):
            pass
