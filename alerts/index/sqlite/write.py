"""How records get into the embedded index: each kind in few statements a batch."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar, cast

import msgspec

from alerts.index.sqlite.parts import FLOW_PARTS, SUM_PARTS
from alerts.index.sqlite.people import add_people
from alerts.index.sqlite.rows import Row, Shaper, whole_rows
from alerts.index.sqlite.stored import columns, record_of, source
from alerts.index.sqlite.tables import FLOW_TABLE, SUM_TABLE, Table
from alerts.index.values import micros
from detectors import windows
from detectors.records import Flow, PartialSum, Record, decode

RecordT = TypeVar("RecordT", bound=Record)

_flows = Shaper(FLOW_TABLE, FLOW_PARTS)
_sums = Shaper(SUM_TABLE, SUM_PARTS)

Place = tuple[int, int]
"""Where a sum lies: the number of its shape, and its window in microseconds since 1970."""


def add_flows(connection: sqlite3.Connection, flows: Sequence[Flow]) -> None:
    """The first flow of an id stays."""
    apart = _flows.apart(flows)
    _add_shapes(connection, FLOW_TABLE, apart.shapes)
    connection.executemany(_insert(FLOW_TABLE, "FALSE"), apart.rows)


def add_sums(connection: sqlite3.Connection, sums: Sequence[PartialSum]) -> None:
    """Sums are added to what their key holds."""
    merged: dict[Place, PartialSum] = {}
    for part in sums:
        place = _sums.number(part), micros(part.window)
        merged[place] = windows.merge(merged[place], part) if place in merged else part
    rows = dict.fromkeys(merged)
    for place, seq, stored in _stored_sums(connection, merged):
        merged[place], rows[place] = windows.merge(stored, merged[place]), seq
    apart = _sums.apart(list(merged.values()))
    _add_shapes(connection, SUM_TABLE, apart.shapes)
    numbered = zip(rows.values(), apart.rows, strict=True)
    connection.executemany(
        _insert(SUM_TABLE, "TRUE", numbered=True), [(seq, *row) for seq, row in numbered]
    )
    add_people(connection, sums)


def merge(
    connection: sqlite3.Connection,
    table: Table,
    records: Sequence[RecordT],
    merge_two: Callable[[RecordT, RecordT], RecordT],
) -> None:
    """Records are merged with those that have their ids, in the index or among themselves."""
    merged: dict[str, RecordT] = {}
    for record in records:
        key = table.collection.key(record)
        merged[key] = merge_two(merged[key], record) if key in merged else record
    found = connection.execute(
        f"SELECT event_id, record FROM {table.name} "  # noqa: S608 - our names
        "WHERE event_id IN (SELECT value FROM json_each(?))",
        (json_list(merged),),
    )
    kind = cast("type[RecordT]", table.collection.record)
    for key, stored in found:
        merged[key] = merge_two(decode(kind, stored), merged[key])
    put(connection, table, list(merged.values()), replaces="TRUE")


def put(
    connection: sqlite3.Connection,
    table: Table,
    records: Sequence[Record],
    *,
    replaces: str = "FALSE",
) -> None:
    """Inserts records that have their JSON beside them; one with a known id replaces the other
    where `replaces` holds."""
    connection.executemany(_insert(table, replaces), whole_rows(table, records))


def json_list(values: Iterable[object]) -> str:
    """Values as JSON, for `json_each`."""
    return msgspec.json.encode(list(values)).decode()


def _add_shapes(connection: sqlite3.Connection, table: Table, shapes: dict[int, Row]) -> None:
    """Adds those of the shapes that are not there."""
    found = connection.execute(
        f"SELECT id FROM {table.labels} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our names
        (json_list(shapes),),
    )
    there = {number for (number,) in found}
    missing = [row for number, row in shapes.items() if number not in there]
    if missing:
        marks = ", ".join("?" * len(missing[0]))
        connection.executemany(f"INSERT INTO {table.labels} VALUES ({marks})", missing)  # noqa: S608 - our names


def _stored_sums(
    connection: sqlite3.Connection, places: Iterable[Place]
) -> Iterator[tuple[Place, int, PartialSum]]:
    """The sums that lie at these places, with the numbers of their rows."""
    found = connection.execute(
        f"SELECT t.shape, t.timestamp, t.seq, {columns(SUM_TABLE)} FROM json_each(?) AS k "  # noqa: S608 - our names
        f"CROSS JOIN {source(SUM_TABLE)} WHERE t.shape = json_extract(k.value, '$[0]') "
        "AND t.timestamp = json_extract(k.value, '$[1]')",
        (json_list(places),),
    )
    for number, time, seq, *values in found:
        yield (number, time), seq, record_of(SUM_TABLE, PartialSum, values)


@cache
def _insert(table: Table, replaces: str, *, numbered: bool = False) -> str:
    """Inserts a row; it replaces one with its key where `replaces` holds. `numbered`: the row's
    number, where it has one, comes first."""
    columns = ("seq", *table.columns) if numbered else table.columns
    marks = ", ".join("?" * len(columns))
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 - our names
        f"ON CONFLICT ({table.key}) DO UPDATE SET {changes} WHERE {replaces}"
    )
