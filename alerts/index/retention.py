"""How long the embedded index keeps what, and the deleting of it.

Whole days go (UTC), a few thousand rows in a transaction, so that whoever writes waits for
milliseconds. The file does not shrink: SQLite fills the freed pages again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import Field

from alerts.index.base import What
from alerts.index.members import MemberSets
from alerts.index.sqlite.people import delete_days
from alerts.index.sqlite.tables import TABLES, Table
from alerts.index.values import micros
from detectors.yamlfile import StrictModel

ROWS = 5_000
"""Rows deleted in one transaction."""


class RetentionSettings(StrictModel):
    """For how many days each kind of record is kept; unset is for ever."""

    flows: int | None = Field(default=None, ge=1, examples=[90])
    sums: int | None = Field(default=None, ge=1, examples=[400])
    findings: int | None = Field(default=None, ge=1, examples=[400])
    closed_alerts: int | None = Field(
        default=None, ge=1, examples=[730], description="Days after the last of it; open ones stay"
    )
    dead_letters: int | None = Field(default=None, ge=1, examples=[90])
    members: int | None = Field(
        default=None, ge=1, examples=[400], description="What `egresswatch subject` asks"
    )

    def days(self, what: What) -> int | None:
        return getattr(self, "closed_alerts" if what == "alerts" else what.replace("-", "_"))


class Expired(NamedTuple):
    """Records that are older than they are kept."""

    kind: str
    before: datetime
    records: int


def expired(
    connection: sqlite3.Connection, settings: RetentionSettings, now: datetime
) -> list[Expired]:
    """What `delete` would delete."""
    return [
        Expired(what, before, _count(connection, TABLES[what], before))
        for what, before in _bounds(settings, now)
    ]


def delete(
    connection: sqlite3.Connection,
    settings: RetentionSettings,
    now: datetime,
    transaction: Callable[[sqlite3.Connection], AbstractContextManager[None]],
    go_on: Callable[[], bool] = lambda: True,
) -> dict[str, int]:
    """Deletes what is older than it is kept, until `go_on` says no; how many of each kind."""
    gone: dict[str, int] = {}
    for what, before in _bounds(settings, now):
        table, gone[what] = TABLES[what], 0
        while go_on():
            with transaction(connection):
                count = _delete_some(connection, table, before)
            gone[what] += count
            if count < ROWS:
                break
        if gone[what]:
            with transaction(connection):
                _delete_rest(connection, table, before)
    if settings.members is not None:
        with transaction(connection):
            day = _midnight(now) - timedelta(days=settings.members)
            gone["members"] = MemberSets(connection).delete_before(day.date())
    return gone


def _bounds(settings: RetentionSettings, now: datetime) -> Iterator[tuple[What, datetime]]:
    for what in TABLES:
        days = settings.days(what)
        if days is not None:
            yield what, _midnight(now) - timedelta(days=days)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _condition(table: Table) -> str:
    if table.collection.what == "alerts":
        return "egresswatch_status = 'closed' AND event_end < ?"
    return "timestamp < ?"


def _count(connection: sqlite3.Connection, table: Table, before: datetime) -> int:
    text = f"SELECT COUNT(*) FROM {table.name} WHERE {_condition(table)}"  # noqa: S608 - our names
    return int(connection.execute(text, (micros(before),)).fetchone()[0])


def _delete_some(connection: sqlite3.Connection, table: Table, before: datetime) -> int:
    found = connection.execute(
        f"SELECT seq FROM {table.name} WHERE {_condition(table)} ORDER BY timestamp LIMIT ?",  # noqa: S608 - our names
        (micros(before), ROWS),
    ).fetchall()
    connection.executemany(f"DELETE FROM {table.name} WHERE seq = ?", found)  # noqa: S608 - our names
    return len(found)


def _delete_rest(connection: sqlite3.Connection, table: Table, before: datetime) -> None:
    """Deletes what nothing that is left needs."""
    if table.labels:
        connection.execute(
            f"DELETE FROM {table.labels} WHERE id NOT IN (SELECT shape FROM {table.name})"  # noqa: S608 - our names
        )
    if table.collection.what == "sums":
        delete_days(connection, micros(before))
