"""Positions, watermarks and stage state in the embedded database; in the caller's transaction."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from monitor.sources.base import Position

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS positions (
    partition TEXT PRIMARY KEY,
    offset INTEGER NOT NULL,
    mark TEXT NOT NULL,
    event_time TEXT NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS stage_state (
    stage TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (stage, key)
) STRICT, WITHOUT ROWID
""",
)


class Progress(NamedTuple):
    """How far one partition was read, and the event time it had reached."""

    position: Position
    event_time: datetime


class StateStore:
    """What a runner needs after a crash to go on as if nothing had happened."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in _SCHEMA:
            connection.execute(statement)

    def progress(self) -> dict[str, Progress]:
        """By partition name."""
        rows = self._connection.execute("SELECT partition, offset, mark, event_time FROM positions")
        return {
            name: Progress(Position(offset=offset, mark=mark), datetime.fromisoformat(time))
            for name, offset, mark, time in rows
        }

    def save_progress(self, progress: Mapping[str, Progress]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)",
            [
                (name, one.position.offset, one.position.mark, one.event_time.isoformat())
                for name, one in progress.items()
            ],
        )

    def state(self, stage: str) -> list[tuple[str, bytes]]:
        """The key-value pairs of a stage, in the order of their keys."""
        rows = self._connection.execute(
            "SELECT key, value FROM stage_state WHERE stage = ? ORDER BY key", (stage,)
        )
        return rows.fetchall()

    def save_state(self, stage: str, pairs: Iterable[tuple[str, bytes | None]]) -> None:
        """Writes pairs; a pair without a value is deleted."""
        for key, value in pairs:
            if value is None:
                self._connection.execute(
                    "DELETE FROM stage_state WHERE stage = ? AND key = ?", (stage, key)
                )
            else:
                self._connection.execute(
                    "INSERT OR REPLACE INTO stage_state VALUES (?, ?, ?)", (stage, key, value)
                )
