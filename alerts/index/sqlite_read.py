"""Questions to the embedded index: pages of records, and the most frequent values of a field."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts.index.base import Page, QueryError, What
from alerts.index.fields import COLLECTIONS, Field
from alerts.index.nodes import EVERYTHING
from alerts.index.paging import Place, place_of, question, token_of
from alerts.index.query import find_field, parse
from alerts.index.sqlite_query import Sql, both, only_labels, where
from alerts.index.sqlite_tables import TABLES, Table
from alerts.index.values import micros

MAX_LIMIT = 10_000
"""Records of one page; more is read page by page."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def search(
    connection: sqlite3.Connection,
    what: What,
    query: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    after: str,
) -> Page:
    """See `Index.search`."""
    table = _table(what)
    condition = both(_within(since, until), where(table, parse(table.collection, query)))
    asked = question(what, query)
    place = place_of(after, asked) if after else None
    total = _count(connection, table, condition) if place is None else place.total
    found = _page(connection, table, condition, place, _bounded(limit) + 1)
    rows = [msgspec.json.decode(record, type=dict[str, Any]) for _, _, record in found[:limit]]
    if len(found) <= limit:
        return Page(rows=rows, total=total)
    seq, time, _ = found[limit - 1]
    last = Place(time=time, seq=seq, total=total, asked=asked)
    return Page(rows=rows, total=total, after=token_of(last))


def top(
    connection: sqlite3.Connection,
    what: What,
    field_name: str,
    query: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[tuple[str, int]]:
    """See `Index.top`. Of values equally frequent the first in order comes first."""
    table = _table(what)
    field = find_field(table.collection, field_name)
    node = parse(table.collection, query)
    condition = both(_within(since, until), where(table, node))
    counted = _counted(table, field, condition, covered=node == EVERYTHING or only_labels(node))
    text = f"{counted.text} ORDER BY n DESC, value LIMIT ?"
    found = connection.execute(text, (*counted.values, _bounded(limit)))
    return [(_shown(field, value), count) for value, count in found]


def _table(what: What) -> Table:
    if found := TABLES.get(what):
        return found
    raise QueryError(f"there are no such records; choose from {', '.join(COLLECTIONS)}")


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"the limit must be between 1 and {MAX_LIMIT}; go on with `after`")
    return limit


def _within(since: datetime | None, until: datetime | None) -> Sql:
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise QueryError("since and until need a time zone (2026-01-31T12:00:00Z)")
    return both(
        *([Sql("t.timestamp >= ?", (micros(since),))] if since else []),
        *([Sql("t.timestamp < ?", (micros(until),))] if until else []),
    )


def _count(connection: sqlite3.Connection, table: Table, condition: Sql) -> int:
    text = f"SELECT COUNT(*) FROM {table.name} AS t WHERE {condition.text}"  # noqa: S608 - our names
    return int(connection.execute(text, condition.values).fetchone()[0])


def _page(
    connection: sqlite3.Connection, table: Table, condition: Sql, place: Place | None, limit: int
) -> list[tuple[int, int, bytes]]:
    """(seq, time, JSON) of the next records. They are chosen first and their JSON is read after."""
    if place is not None:
        condition = both(condition, Sql("(t.timestamp, t.seq) < (?, ?)", (place.time, place.seq)))
    chosen = (
        f"SELECT t.seq, t.timestamp FROM {table.name} AS t WHERE {condition.text} "  # noqa: S608 - our names
        "ORDER BY t.timestamp DESC, t.seq DESC LIMIT ?"
    )
    text = (
        f"SELECT c.seq, c.timestamp, r.record FROM ({chosen}) AS c "  # noqa: S608 - our names
        f"JOIN {table.records} AS r ON r.seq = c.seq ORDER BY c.timestamp DESC, c.seq DESC"
    )
    return connection.execute(text, (*condition.values, limit)).fetchall()


def _counted(table: Table, field: Field, condition: Sql, *, covered: bool) -> Sql:
    """The field's values (`value`), each with the number of records that have it (`n`). `covered`:
    the condition is on labels and times alone, which an index has."""
    source, column, count = f"{table.name} AS t", f"t.{field.column}", "COUNT(*)"
    filtered, values = condition.text, condition.values
    if table.labels and field.label:
        # Flows are counted by shape, and only the few shapes are taken apart. The plus keeps SQLite
        # from reading the flows in the order of shapes, which is slow where each must be looked at.
        by = "t.shape" if covered else "+t.shape"
        shapes = f"SELECT t.shape, COUNT(*) AS n FROM {source} WHERE {filtered} GROUP BY {by}"  # noqa: S608 - our names
        source = f"({shapes}) AS g JOIN {table.labels} AS s ON s.id = g.shape"
        column, count, filtered = f"s.{field.column}", "SUM(g.n)", "TRUE"
    if field.many:
        source, column = f"{source}, json_each({column}) AS v", "v.value"
    text = (
        f"SELECT {column} COLLATE BINARY AS value, {count} AS n FROM {source} "  # noqa: S608 - our names
        f"WHERE ({filtered}) AND {column} IS NOT NULL GROUP BY 1"
    )
    return Sql(text, values)


def _shown(field: Field, value: str | int | float) -> str:
    match field.kind:
        case "bool":
            return "true" if value else "false"
        case "time":
            moment = _EPOCH + timedelta(microseconds=int(value))
            return moment.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)
