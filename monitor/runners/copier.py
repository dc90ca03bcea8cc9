"""Copies the embedded index into another one, in a thread of its own, for as long as it runs.

The other index may be away for hours: the queue keeps everything, and the copier waits as long as
the writer says. What people must do something about is reported.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from alerts.index.queue import CopyQueue
from alerts.index.sqlite import SqliteIndex
from alerts.index.writer import Entry, IndexUnavailableError, IndexWriter, Rejected
from detectors.ids import stable_id
from detectors.records import DeadLetter
from monitor.clock import Clock
from monitor.runners.trouble import IndexTrouble
from monitor.state.database import transaction

BATCH = 2_000
IDLE_SECONDS = 1.0
DRAIN_SECONDS = 10.0
"""How long a stopping program goes on copying; the rest waits for the next start."""


@dataclass(slots=True)
class Copier:
    """Moves what is queued. `copy` does one batch; the thread around it only waits."""

    connect: Callable[[], sqlite3.Connection]
    writer: IndexWriter
    clock: Clock
    report: Callable[[str], None] = lambda _problem: None
    """Told what people must do something about, and nothing once it is over."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _busy: str = ""
    _thread: threading.Thread | None = None
    _trouble: IndexTrouble = field(init=False)

    def __post_init__(self) -> None:
        self._trouble = IndexTrouble(self.clock, self.report)

    @property
    def failure(self) -> str:
        """Why nothing is copied at present; empty while all goes well."""
        return self._busy or self._trouble.failure

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
            self._trouble.failed(error)
            return error.wait
        with transaction(connection):
            queue.done(entries)
            # a refused dead letter makes no further one: the database has it
            own = [one for one in rejected if not isinstance(one.entry.record, DeadLetter)]
            SqliteIndex.open(connection).add_dead_letters([self._letter(one) for one in own])
        self._trouble.recovered()
        return 0.0

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(self.connect()) as connection:
                    while not self._stop.is_set():
                        self._stop.wait(self.copy(connection))
                        self._busy = ""
            except sqlite3.Error as error:  # a busy database; the queue keeps everything
                self._busy = type(error).__name__
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
