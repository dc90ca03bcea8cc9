"""One database with an outbox, and sinks that do as they are told."""

import sqlite3
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from alerts.delivery import Outbox
from alerts.sinks import Message

Open = Callable[[], sqlite3.Connection]


class ScriptedSink:
    """Raises or answers what the scripts hold, in order; after them all is well."""

    def __init__(self, name: str = "sink") -> None:
        self.name = name
        self.interval = 0.0
        self.on_send: Callable[[str], None] = lambda _: None
        self.sent: list[Message] = []
        self.asked: list[str] = []
        self.sends: deque[BaseException | None] = deque()
        self.answers: deque[bool | BaseException | None] = deque()

    def send(self, message: Message) -> None:
        self.on_send(self.name)
        self.sent.append(message)
        outcome = self.sends.popleft() if self.sends else None
        if outcome is not None:
            raise outcome

    def arrived(self, message: Message) -> bool | None:
        self.asked.append(message.id)
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def preview(self, message: Message) -> str:
        return message.id

    def check(self) -> str:
        return ""

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def open_connection(tmp_path: Path) -> Generator[Open]:
    opened: list[sqlite3.Connection] = []

    def open_connection() -> sqlite3.Connection:
        connection = sqlite3.connect(tmp_path / "state.db", check_same_thread=False)
        opened.append(connection)
        return connection

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def connection(open_connection: Open) -> sqlite3.Connection:
    """The runner's connection, whose transactions hold state and outbox together."""
    connection = open_connection()
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    Outbox(connection).create()
    return connection


@pytest.fixture
def outbox(connection: sqlite3.Connection) -> Outbox:
    return Outbox(connection)
