"""When people are told that an index takes no records: some causes pass by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.index.writer import IndexUnavailableError
from monitor.clock import Clock

PATIENCE = timedelta(minutes=5)
"""How long an index may be away or busy before people are told; the other causes they are told at
once, since they do not pass by themselves."""


@dataclass(slots=True)
class IndexTrouble:
    """`failure` is why nothing is written at present; empty while all goes well. `report` is told
    what people must do something about, and nothing (an empty text) once it is over."""

    clock: Clock
    report: Callable[[str], None] = lambda _problem: None
    failure: str = ""
    _since: datetime | None = None

    def failed(self, error: IndexUnavailableError) -> None:
        now = self.clock.now()
        self.failure = str(error)
        self._since = self._since or now
        if error.cause not in {"away", "busy"} or now - self._since >= PATIENCE:
            self.report(self.failure)

    def recovered(self) -> None:
        if self._since is not None:
            self.failure, self._since = "", None
            self.report("")
