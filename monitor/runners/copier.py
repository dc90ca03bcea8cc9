"""Copies the embedded index into another one, in a thread of its own, for as long as it runs.

The other index may be away for hours: the queue keeps everything, and the copier waits as long as
the writer says. What people must do something about becomes an alert of its own, and is told.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from alerts.delivery import Outbox
from alerts.index.queue import CopyQueue
from alerts.index.sqlite import SqliteIndex
from alerts.index.writer import Entry, IndexUnavailableError, IndexWriter, Rejected
from alerts.sinks.base import Message, Why
from detectors.ids import stable_id
from detectors.records import Alert, DeadLetter, HistoryEntry
from monitor.clock import Clock
from monitor.state.database import transaction

BATCH = 2_000
IDLE_SECONDS = 1.0
DRAIN_SECONDS = 10.0
"""How long a stopping program goes on copying; the rest waits for the next start."""
PATIENCE = timedelta(minutes=5)
"""How long an index may be away or busy before people are told; the other causes they are told at
once, since they do not pass by themselves."""
RULE = "index-unavailable"
OURSELVES = "egresswatch"
"""The alert's sub-processor: it is about this program."""


@dataclass(slots=True)
class Copier:
    """Moves what is queued. `copy` does one batch; the thread around it only waits."""

    connect: Callable[[], sqlite3.Connection]
    writer: IndexWriter
    clock: Clock
    sinks: Sequence[str]
    told: Callable[[], None] = lambda: None
    """Called after a message was put into the outbox."""
    failure: str = ""
    """Why nothing is copied at present; empty while all goes well."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _since: datetime | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="copier", daemon=False)
        self._thread.start()

    def stop(self) -> None:
        """Copies what waits, as far as that is soon done; the rest waits for the next start."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.drain()
        self.writer.close()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Copies what waits, until it is done, the index cannot, or the time is up."""
        until = self.clock.monotonic() + seconds
        with closing(self.connect()) as connection:
            while self.copy(connection) == 0 and self.clock.monotonic() < until:
                pass

    def copy(self, connection: sqlite3.Connection) -> float:
        """Copies a batch; returns how many seconds to wait before the next, 0 where more waits."""
        queue = CopyQueue.find(connection)
        entries = queue.next(BATCH) if queue else []
        if queue is None or not entries:
            return IDLE_SECONDS
        try:
            rejected = self.writer.write(entries)
        except IndexUnavailableError as error:
            self._failed(connection, error)
            return error.wait
        with transaction(connection):
            queue.done(entries)
            # a refused dead letter makes no further one: the database has it
            own = [one for one in rejected if not isinstance(one.entry.record, DeadLetter)]
            SqliteIndex.open(connection).add_dead_letters([self._letter(one) for one in own])
        self._recovered(connection)
        return 0.0

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(self.connect()) as connection:
                    while not self._stop.is_set():
                        self._stop.wait(self.copy(connection))
            except sqlite3.Error as error:  # a busy database; the queue keeps everything
                self.failure = type(error).__name__
                self._stop.wait(IDLE_SECONDS)

    def _letter(self, rejected: Rejected) -> DeadLetter:
        entry: Entry = rejected.entry
        return DeadLetter(
            timestamp=self.clock.now(),
            id=stable_id("index", entry.source, entry.offset),
            partition=f"index:{entry.source}",
            offset=entry.offset,
            reason=rejected.reason,
            problem=rejected.problem,
        )

    def _failed(self, connection: sqlite3.Connection, error: IndexUnavailableError) -> None:
        now = self.clock.now()
        self.failure = str(error)
        self._since = self._since or now
        if error.cause in {"away", "busy"} and now - self._since < PATIENCE:
            return
        with transaction(connection):
            index = SqliteIndex.open(connection)
            newest = index.newest_alert(OURSELVES, RULE)
            if newest is None or newest.status == "closed":
                generation = newest.generation + 1 if newest else 0
                alert = _alert(self._since, now, str(error), generation)
                self._tell(connection, index, alert, "first", now)
        self.told()

    def _recovered(self, connection: sqlite3.Connection) -> None:
        if self._since is None:
            return
        self.failure, self._since = "", None
        now = self.clock.now()
        with transaction(connection):
            index = SqliteIndex.open(connection)
            newest = index.newest_alert(OURSELVES, RULE)
            if newest and newest.status != "closed":
                entry = HistoryEntry(at=now, what="closed", who=OURSELVES)
                closed = msgspec.structs.replace(
                    newest,
                    last=now,
                    status="closed",
                    verdict="true-positive",
                    version=newest.version + 1,
                    history=(*newest.history, entry),
                )
                self._tell(connection, index, closed, "resolved", now)
        self.told()

    def _tell(
        self,
        connection: sqlite3.Connection,
        index: SqliteIndex,
        alert: Alert,
        why: Why,
        now: datetime,
    ) -> None:
        index.put_alerts([alert])
        told = Message(id=stable_id(alert.id, why), why=why, alert=alert, decided=now)
        Outbox(connection).add([told], self.sinks)


def _alert(since: datetime, now: datetime, problem: str, generation: int) -> Alert:
    return Alert(
        opened=since,
        id=stable_id(OURSELVES, RULE, generation),
        last=now,
        rule=RULE,
        title="The search index takes no records",
        remedy=f"{problem}. Nothing is lost: records wait in the database until it does.",
        query="",
        status="open",
        severity="high",
        subprocessor=OURSELVES,
        generation=generation,
        version=1,
        history=(HistoryEntry(at=since, what="opened"),),
    )
