"""Distinct people: sketches of whole days, kept with the sums, and of minutes where those do not do
(see `alerts.index.days`)."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.index.asked import Asked, ask
from alerts.index.days import DAY, slices
from alerts.index.fields import SUMS, Collection
from alerts.index.sqlite.query import condition_of
from alerts.index.sqlite.stored import source
from alerts.index.sqlite.tables import SUM_TABLE, Table
from alerts.index.values import micros
from detectors.distinct import Estimate, estimate, merge
from detectors.records import PartialSum

_FIELDS = tuple(SUMS.by_name[name] for name in ("time", "channel", "subprocessor", "category"))
DAYS = Table(
    collection=Collection(what="sums", record=PartialSum, fields=_FIELDS), name="people_days"
)
_KEY = "timestamp, egresswatch_channel, egresswatch_subprocessor, egresswatch_category"

SCHEMA = (
    f"CREATE TABLE IF NOT EXISTS {DAYS.name} (timestamp INTEGER NOT NULL, "
    "egresswatch_channel TEXT NOT NULL, egresswatch_subprocessor TEXT NOT NULL, "
    "egresswatch_category TEXT NOT NULL, subjects BLOB NOT NULL, "
    f"PRIMARY KEY ({_KEY})) STRICT, WITHOUT ROWID",
)

_Key = tuple[int, str, str, str]


def add_people(connection: sqlite3.Connection, sums: Sequence[PartialSum]) -> None:
    """Adds the people of these sums to those of their days."""
    days: dict[_Key, list[bytes]] = {}
    for part in sums:
        if part.subjects:
            days.setdefault(_key(part), []).append(part.subjects)
    for key, sketches in days.items():
        stored = _stored(connection, key)
        united = merge(stored, *sketches)
        if united != stored:
            connection.execute(
                f"INSERT OR REPLACE INTO {DAYS.name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - our names
                (*key, united),
            )


def delete_days(connection: sqlite3.Connection, before: int) -> None:
    """Deletes the days that began before a moment (microseconds since 1970)."""
    connection.execute(f"DELETE FROM {DAYS.name} WHERE timestamp < ?", (before,))  # noqa: S608 - our names


def subjects(
    connection: sqlite3.Connection, query: str, since: datetime | None, until: datetime | None
) -> dict[str, Estimate]:
    """See `Index.subjects`."""
    asked = ask("sums", query, since, until)
    sketches: dict[str, list[bytes]] = {}
    for what, first, last in slices(asked):
        table = DAYS if what == "days" else SUM_TABLE
        question = asked._replace(since=first, until=last)
        for category, sketch in _sketches(connection, table, question):
            sketches.setdefault(category, []).append(sketch)
    return {name: estimate(merge(*some)) for name, some in sorted(sketches.items())}


def _key(part: PartialSum) -> _Key:
    day = micros(part.window) // DAY * DAY
    return day, part.channel, part.subprocessor, part.category


def _stored(connection: sqlite3.Connection, key: _Key) -> bytes:
    found = connection.execute(
        f"SELECT subjects FROM {DAYS.name} WHERE ({_KEY}) = (?, ?, ?, ?)",  # noqa: S608 - our names
        key,
    ).fetchone()
    return found[0] if found else b""


def _sketches(
    connection: sqlite3.Connection, table: Table, asked: Asked
) -> Iterator[tuple[str, bytes]]:
    condition = condition_of(table, asked)
    alias = "s" if table.labels else "t"
    return connection.execute(
        f"SELECT {alias}.egresswatch_category COLLATE BINARY, t.subjects "  # noqa: S608 - our names
        f"FROM {source(table)} WHERE {condition.text} AND t.subjects <> x''",
        condition.values,
    )
