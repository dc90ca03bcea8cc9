"""The embedded index: SQLite, in the same file and the same transactions as everything else."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Self, TypeVar

import msgspec

from alerts.index.asked import ask
from alerts.index.base import Page, QueryError, Seen, Span, Timeline, What
from alerts.index.queue import SCHEMA as QUEUE_SCHEMA
from alerts.index.queue import CopyQueue
from alerts.index.sqlite import read
from alerts.index.sqlite.stats import Stats
from alerts.index.sqlite.tables import (
    ALERT_TABLE,
    DEAD_LETTER_TABLE,
    FINDING_TABLE,
    FLOW_TABLE,
    SCHEMA_VERSION,
    SUM_TABLE,
    Row,
    Table,
    rows_reader,
    schema,
    shapes_of,
)
from detectors import findings as finding_rules
from detectors import windows
from detectors.distinct import Estimate
from detectors.records import (
    Alert,
    Command,
    DeadLetter,
    Finding,
    Flow,
    PartialSum,
    Record,
    decode,
    encode,
)

RecordT = TypeVar("RecordT", bound=Record)


class SqliteIndex:
    """An `Index` in a SQLite database.

    It writes within the caller's transaction: it never begins, commits or rolls back. So what a
    batch adds is there when the batch is, and not before.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stats = Stats(connection)
        self._queue: CopyQueue | None = None

    @classmethod
    def create(cls, connection: sqlite3.Connection) -> Self:
        """Makes the tables where there are none; ValueError for those of another version."""
        for statement in (*schema(), *QUEUE_SCHEMA):
            connection.execute(statement)
        connection.execute(
            "INSERT OR IGNORE INTO index_meta VALUES ('version', ?)", (str(SCHEMA_VERSION),)
        )
        return cls.open(connection)

    @classmethod
    def open(cls, connection: sqlite3.Connection) -> Self:
        """The index that is there; ValueError where it is of another version."""
        row = connection.execute("SELECT value FROM index_meta WHERE key = 'version'").fetchone()
        if row is None:
            raise ValueError("there is no index here yet: has `egresswatch run` begun?")
        (found,) = row
        if found != str(SCHEMA_VERSION):
            raise ValueError(
                f"the index has schema version {found}, this Egresswatch has {SCHEMA_VERSION}: "
                "use the version that wrote it, or a new data folder"
            )
        index = cls(connection)
        index._queue = CopyQueue.find(connection)
        return index

    def copy(self) -> None:
        """From now on everything is queued for another index as well; for all who write here."""
        self._queue = CopyQueue.start(self._connection)

    def copy_no_more(self) -> None:
        """Nothing is queued any more, and what still waits is forgotten."""
        CopyQueue.stop(self._connection)
        self._queue = None

    def known_flows(self, ids: Iterable[str]) -> set[str]:
        """Which of these event ids the index has a flow of."""
        found = self._connection.execute(
            "SELECT event_id FROM flows WHERE event_id IN (SELECT value FROM json_each(?))",
            (_id_list(ids),),
        )
        return {event_id for (event_id,) in found}

    def add_flows(self, flows: Sequence[Flow]) -> None:
        first = {flow.id: flow for flow in reversed(flows)}
        known = self.known_flows(first)
        fresh = [first[event_id] for event_id in reversed(first) if event_id not in known]
        if not fresh:
            return
        shapes = shapes_of(fresh)
        start = self._next_flow()
        self._insert_many("flow_shapes", set(shapes), "OR IGNORE")
        self._insert_many(
            "flows",
            [
                (seq, *row, shape[0])
                for seq, (row, shape) in enumerate(
                    zip(_flow_rows(fresh), shapes, strict=True), start
                )
            ],
        )
        self._insert_many("flow_records", list(enumerate(map(encode, fresh), start)))
        self._copied("flows", fresh)

    def add_sums(self, sums: Sequence[PartialSum]) -> None:
        self._merge(SUM_TABLE, PartialSum, sums, windows.merge)
        self._copied("sums", sums)

    def add_findings(self, findings: Sequence[Finding]) -> None:
        self._merge(FINDING_TABLE, Finding, findings, finding_rules.merge)
        self._copied("findings", findings)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        self._put(ALERT_TABLE, alerts, "excluded.egresswatch_version >= alerts.egresswatch_version")
        self._copied("alerts", alerts)

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self._put(DEAD_LETTER_TABLE, letters, "FALSE")
        self._copied("dead-letters", letters)

    def add_command(self, command: Command) -> None:
        """Keeps what an analyst said, after everything said before."""
        self._connection.execute("INSERT INTO commands (record) VALUES (?)", (encode(command),))

    def commands(self, after: int = 0) -> list[Command]:
        """The commands given after the one with this number, in the order they were given."""
        found = self._connection.execute(
            "SELECT record FROM commands WHERE seq > ? ORDER BY seq", (after,)
        )
        return [decode(Command, record) for (record,) in found]

    def last_command(self) -> int:
        """The number of the newest command; 0 where there is none."""
        (last,) = self._connection.execute("SELECT MAX(seq) FROM commands").fetchone()
        return last or 0

    def search(
        self,
        what: What,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        after: str = "",
    ) -> Page:
        return read.search(self._connection, what, query, since, until, limit, after)

    def top(
        self,
        what: What,
        field: str,
        query: str = "",
        *,
        measure: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[tuple[str, int]]:
        return self._stats.top(ask(what, query, since, until), field, measure, limit)

    def timeline(
        self,
        what: What,
        every: timedelta,
        query: str = "",
        *,
        by: str = "",
        measure: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 5,
    ) -> Timeline:
        return self._stats.timeline(ask(what, query, since, until), every, by, measure, limit)

    def span(
        self,
        what: What,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Span:
        return self._stats.span(ask(what, query, since, until))

    def seen(
        self,
        what: What,
        field: str,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[Seen]:
        return self._stats.seen(ask(what, query, since, until), field, limit)

    def subjects(
        self,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, Estimate]:
        return self._stats.subjects(query, since, until)

    def alert(self, alert_id: str) -> Alert | None:
        """See `Index.alert`; QueryError where several ids start so."""
        if not alert_id:
            raise QueryError("which alert? Give its id, or as much of it as is unique")
        found = self._connection.execute(
            "SELECT event_id, record FROM alerts WHERE event_id >= ?1 "
            "AND event_id < ?1 || char(1114111) ORDER BY event_id LIMIT 2",
            (alert_id,),
        ).fetchall()
        if len(found) > 1 and found[0][0] != alert_id:
            raise QueryError("several alerts have ids that start so: give more of it")
        return decode(Alert, found[0][1]) if found else None

    def sums(self) -> Iterator[PartialSum]:
        """All sums, in order of their windows."""
        found = self._connection.execute("SELECT record FROM sums ORDER BY timestamp, seq")
        return (decode(PartialSum, record) for (record,) in found)

    def alerts(self) -> Iterator[Alert]:
        """All alerts, in order of their beginnings."""
        found = self._connection.execute("SELECT record FROM alerts ORDER BY timestamp, seq")
        return (decode(Alert, record) for (record,) in found)

    def newest_alert(self, subprocessor: str, rule: str) -> Alert | None:
        """The last incident of its group, open or closed."""
        found = self._connection.execute(
            # the index ignores case, the group does not
            "SELECT record FROM alerts WHERE egresswatch_subprocessor = ?1 AND rule_id = ?2 "
            "AND egresswatch_subprocessor = ?1 COLLATE BINARY AND rule_id = ?2 COLLATE BINARY "
            "ORDER BY egresswatch_generation DESC LIMIT 1",
            (subprocessor, rule),
        ).fetchone()
        return decode(Alert, found[0]) if found else None

    def _copied(self, what: What, records: Sequence[Record]) -> None:
        if self._queue is not None:
            self._queue.add(what, records)

    def _next_flow(self) -> int:
        (last,) = self._connection.execute("SELECT MAX(seq) FROM flows").fetchone()
        return (last or 0) + 1

    def _insert_many(self, table: str, rows: Collection[Row], conflict: str = "") -> None:
        marks = ", ".join("?" * len(next(iter(rows))))
        text = f"INSERT {conflict} INTO {table} VALUES ({marks})"  # noqa: S608 - our names
        self._connection.executemany(text, rows)

    def _merge(
        self,
        table: Table,
        kind: type[RecordT],
        records: Sequence[RecordT],
        merge: Callable[[RecordT, RecordT], RecordT],
    ) -> None:
        """Adds records to those with their keys, in the index or among themselves."""
        merged: dict[str, RecordT] = {}
        for record in records:
            key = table.collection.key(record)
            merged[key] = merge(merged[key], record) if key in merged else record
        found = self._connection.execute(
            f"SELECT {table.key}, record FROM {table.name} "  # noqa: S608 - our names
            f"WHERE {table.key} IN (SELECT value FROM json_each(?))",
            (_id_list(merged),),
        )
        for key, stored in found:
            merged[key] = merge(decode(kind, stored), merged[key])
        self._put(table, list(merged.values()), "TRUE")

    def _put(self, table: Table, records: Sequence[Record], replaces: str) -> None:
        """Inserts the records; one with a known key replaces it where `replaces` holds."""
        columns, rows = _plan(table)
        marks = ", ".join("?" * len(columns))
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        text = (
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 - our names
            f"ON CONFLICT ({table.key}) DO UPDATE SET {changes} WHERE {replaces}"
        )
        self._connection.executemany(text, rows(records))


_flow_rows = rows_reader(FLOW_TABLE.own_fields)


@cache
def _plan(table: Table) -> tuple[tuple[str, ...], Callable[[Sequence[Record]], Iterator[Row]]]:
    """The columns of a table other than flows, and how records fill them."""
    own = table.own_fields
    names = tuple(field.column for field in own)
    fields = rows_reader(own)
    key = () if table.key in names else (table.key,)

    def rows(records: Sequence[Record]) -> Iterator[Row]:
        for record, row in zip(records, fields(records), strict=True):
            own_key = (table.collection.key(record),) if key else ()
            yield (*own_key, *row, encode(record))

    return (*key, *names, "record"), rows


def _id_list(ids: Iterable[str]) -> str:
    return msgspec.json.encode(list(ids)).decode()
