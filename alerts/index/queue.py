"""What was written to the embedded index and is not yet in the other one.

Records are queued in the transaction that writes them, and leave the queue once the other index has
acknowledged them. So nothing is lost while it is away, and what is written twice after a crash has
the same place both times (see `writer.Entry`).
"""

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Literal, Self

from alerts.index.base import What
from alerts.index.fields import COLLECTIONS
from alerts.index.writer import Entry
from detectors.records import Members, Record, decode, encode

SCHEMA = (
    # AUTOINCREMENT: the number of a record that has left the queue never comes again
    "CREATE TABLE IF NOT EXISTS index_queue (seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "what TEXT NOT NULL, record BLOB NOT NULL) STRICT",
)
_SOURCE = "copied-as"
_RECORDS: Mapping[str, type[Record]] = {
    **{what: one.record for what, one in COLLECTIONS.items()},
    "members": Members,
}


class CopyQueue:
    """The queue of one database. Writes belong to the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, source: str) -> None:
        self._connection = connection
        self.source = source
        """The name of this database in the other index: no two databases share one."""

    @classmethod
    def find(cls, connection: sqlite3.Connection) -> Self | None:
        """The queue, where this database is copied; whoever writes to it must queue."""
        row = connection.execute(
            "SELECT value FROM index_meta WHERE key = ?", (_SOURCE,)
        ).fetchone()
        return cls(connection, row[0]) if row else None

    @classmethod
    def start(cls, connection: sqlite3.Connection) -> Self:
        """From now on everything that is written is queued."""
        connection.execute(
            "INSERT OR IGNORE INTO index_meta VALUES (?, ?)", (_SOURCE, secrets.token_hex(8))
        )
        found = cls.find(connection)
        assert found is not None  # noqa: S101 - just written
        return found

    @classmethod
    def stop(cls, connection: sqlite3.Connection) -> None:
        """Nothing is queued any more; what waits is forgotten."""
        connection.execute("DELETE FROM index_meta WHERE key = ?", (_SOURCE,))
        connection.execute("DELETE FROM index_queue")

    def add(self, what: What | Literal["members"], records: Sequence[Record]) -> None:
        self._connection.executemany(
            "INSERT INTO index_queue (what, record) VALUES (?, ?)",
            [(what, encode(record)) for record in records],
        )

    def next(self, limit: int) -> list[Entry]:
        """The records that wait longest, with their places."""
        found = self._connection.execute(
            "SELECT seq, what, record FROM index_queue ORDER BY seq LIMIT ?", (limit,)
        )
        return [
            Entry(decode(_RECORDS[what], record), self.source, seq)  # pyright: ignore[reportArgumentType] - the records of collections are those that are indexed
            for seq, what, record in found
        ]

    def done(self, entries: Sequence[Entry]) -> None:
        """These are in the other index."""
        self._connection.execute(
            "DELETE FROM index_queue WHERE seq <= ?", (max(entry.offset for entry in entries),)
        )

    def waiting(self) -> int:
        """How many records wait."""
        return int(self._connection.execute("SELECT COUNT(*) FROM index_queue").fetchone()[0])
