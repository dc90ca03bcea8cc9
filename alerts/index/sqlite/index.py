"""The embedded index: an `Index` in SQLite."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Self

from alerts.index.asked import ask
from alerts.index.base import Page, Seen, Span, Timeline, What
from alerts.index.queue import SCHEMA as QUEUE_SCHEMA
from alerts.index.queue import CopyQueue
from alerts.index.sqlite import people, read, write
from alerts.index.sqlite.stats import Stats
from alerts.index.sqlite.tables import (
    ALERT_TABLE,
    DEAD_LETTER_TABLE,
    FINDING_TABLE,
    SCHEMA_VERSION,
    schema,
)
from detectors import findings as finding_rules
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
        for statement in (*schema(), *people.SCHEMA, *QUEUE_SCHEMA):
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
            (write.json_list(ids),),
        )
        return {event_id for (event_id,) in found}

    def add_flows(self, flows: Sequence[Flow]) -> None:
        if self._queue is not None:
            self._queue.add("flows", self._unknown(flows))
        write.add_flows(self._connection, flows)

    def add_sums(self, sums: Sequence[PartialSum]) -> None:
        write.add_sums(self._connection, sums)
        self._copied("sums", sums)

    def add_findings(self, findings: Sequence[Finding]) -> None:
        write.merge(self._connection, FINDING_TABLE, findings, finding_rules.merge)
        self._copied("findings", findings)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        newer = "excluded.egresswatch_version >= alerts.egresswatch_version"
        write.put(self._connection, ALERT_TABLE, alerts, replaces=newer)
        self._copied("alerts", alerts)

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        write.put(self._connection, DEAD_LETTER_TABLE, letters)
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
        return people.subjects(self._connection, query, since, until)

    def alert(self, alert_id: str) -> Alert | None:
        return read.alert(self._connection, alert_id)

    def newest_alert(self, subprocessor: str, rule: str) -> Alert | None:
        """The last incident of its group, open or closed."""
        return read.newest_alert(self._connection, subprocessor, rule)

    def sums(self) -> Iterator[PartialSum]:
        """All sums, in order of their windows."""
        return read.all_of(self._connection, "sums", PartialSum)

    def alerts(self) -> Iterator[Alert]:
        """All alerts, in order of their beginnings."""
        return read.all_of(self._connection, "alerts", Alert)

    def _unknown(self, flows: Sequence[Flow]) -> list[Flow]:
        """The first flow of each id that the index has not."""
        first = {flow.id: flow for flow in reversed(flows)}
        known = self.known_flows(first)
        return [first[event_id] for event_id in reversed(first) if event_id not in known]

    def _copied(self, what: What, records: Sequence[Record]) -> None:
        if self._queue is not None:
            self._queue.add(what, records)
