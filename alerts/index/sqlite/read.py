"""Records from the embedded index: page by page, alerts by name, and all there are."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from alerts.index.asked import ask, bounded
from alerts.index.base import Page, QueryError, What
from alerts.index.paging import Place, place_of, question, token_of
from alerts.index.sqlite.query import Sql, both, condition_of
from alerts.index.sqlite.stored import columns, json_of, record_of, source
from alerts.index.sqlite.tables import TABLES, Table
from detectors.records import Alert, Record, decode

RecordT = TypeVar("RecordT", bound=Record)

FEW = 4
"""Pages: where no more match, finding them all and sorting them is quicker than going through the
index of times until a page is full, where hardly any record on the way matches."""


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
    order = "t.timestamp" if total > FEW * limit else "+t.timestamp"
    found = _page(connection, table, condition, place, order, bounded(limit) + 1)
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
    connection: sqlite3.Connection,
    table: Table,
    condition: Sql,
    place: Place | None,
    order: str,
    limit: int,
) -> list[tuple[int, int, bytes]]:
    """(seq, time, JSON) of the next records. They are chosen first and made of their rows after."""
    if place is not None:
        condition = both(condition, Sql("(t.timestamp, t.seq) < (?, ?)", (place.time, place.seq)))
    chosen = (
        f"SELECT t.seq, t.timestamp FROM {table.name} AS t WHERE {condition.text} "  # noqa: S608 - our names
        f"ORDER BY {order} DESC, t.seq DESC LIMIT ?"
    )
    text = (
        f"SELECT c.seq, c.timestamp, {columns(table)} FROM ({chosen}) AS c "  # noqa: S608 - our names
        f"CROSS JOIN {source(table)} WHERE t.seq = c.seq ORDER BY c.timestamp DESC, c.seq DESC"
    )
    found = connection.execute(text, (*condition.values, limit))
    return [(seq, time, json_of(table, values)) for seq, time, *values in found]


def alert(connection: sqlite3.Connection, alert_id: str) -> Alert | None:
    """See `Index.alert`; QueryError where several ids start so."""
    if not alert_id:
        raise QueryError("which alert? Give its id, or as much of it as is unique")
    found = connection.execute(
        "SELECT event_id, record FROM alerts WHERE event_id >= ?1 "
        "AND event_id < ?1 || char(1114111) ORDER BY event_id LIMIT 2",
        (alert_id,),
    ).fetchall()
    if len(found) > 1 and found[0][0] != alert_id:
        raise QueryError("several alerts have ids that start so: give more of it")
    return decode(Alert, found[0][1]) if found else None


def newest_alert(connection: sqlite3.Connection, subprocessor: str, rule: str) -> Alert | None:
    """The last incident of its group, open or closed."""
    found = connection.execute(
        # the index ignores case, the group does not
        "SELECT record FROM alerts WHERE egresswatch_subprocessor = ?1 AND rule_id = ?2 "
        "AND egresswatch_subprocessor = ?1 COLLATE BINARY AND rule_id = ?2 COLLATE BINARY "
        "ORDER BY egresswatch_generation DESC LIMIT 1",
        (subprocessor, rule),
    ).fetchone()
    return decode(Alert, found[0]) if found else None


def all_of(connection: sqlite3.Connection, what: What, kind: type[RecordT]) -> Iterator[RecordT]:
    """All records of one kind, in order of time."""
    table = TABLES[what]
    found = connection.execute(
        f"SELECT {columns(table)} FROM {source(table)} ORDER BY t.timestamp, t.seq"  # noqa: S608 - our names
    )
    return (record_of(table, kind, values) for values in found)
