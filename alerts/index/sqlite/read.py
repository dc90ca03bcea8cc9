"""Pages of records from the embedded index."""

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from alerts.index.asked import ask, bounded
from alerts.index.base import Page, What
from alerts.index.paging import Place, place_of, question, token_of
from alerts.index.sqlite.query import Sql, both, condition_of
from alerts.index.sqlite.tables import TABLES, Table


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
    question_asked = ask(what, query, since, until)
    table = TABLES[what]
    condition = condition_of(table, question_asked)
    asked = question(what, query)
    place = place_of(after, asked) if after else None
    total = _count(connection, table, condition) if place is None else place.total
    found = _page(connection, table, condition, place, bounded(limit) + 1)
    rows = [msgspec.json.decode(record, type=dict[str, Any]) for _, _, record in found[:limit]]
    if len(found) <= limit:
        return Page(rows=rows, total=total)
    seq, time, _ = found[limit - 1]
    last = Place(time=time, seq=seq, total=total, asked=asked)
    return Page(rows=rows, total=total, after=token_of(last))


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
