"""Deletes what is older than it is kept, once a day, beside the runner."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

from alerts.index.retention import RetentionSettings, delete
from monitor.clock import Clock
from monitor.state.database import transaction

LOOK_SECONDS = 600.0
"""How often it looks whether a new day has begun."""


@dataclass(slots=True)
class Housekeeper:
    """A thread of its own with a connection of its own."""

    connect: Callable[[], sqlite3.Connection]
    settings: RetentionSettings
    clock: Clock
    failure: str = ""
    _done: date = date.min
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=False)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the transaction under way."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def tidy(self) -> dict[str, int]:
        """Deletes for this day, if that is not done yet."""
        now = self.clock.now()
        if self._done == now.date():
            return {}
        with closing(self.connect()) as connection:
            go_on = self._stop.is_set
            gone = delete(connection, self.settings, now, transaction, lambda: not go_on())
        self._done = now.date()
        return gone

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tidy()
                self.failure = ""
            except sqlite3.Error as error:  # a busy database: again at the next look
                self.failure = type(error).__name__
            self._stop.wait(LOOK_SECONDS)
