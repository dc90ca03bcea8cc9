"""Whether the program lives and is ready, as its parts say by what they do.

A part is a loop: the embedded runner, or a stage's worker. It tells that it looked for work, how
much is left, and that it committed. One that stops doing so, without a word, is what `/livez`
finds: a consumer that hangs holds its partitions and says nothing.
"""

from dataclasses import dataclass
from threading import Lock

from monitor.clock import Clock

STALLED_SECONDS = 120.0


@dataclass(slots=True)
class _Part:
    polled: float
    committed: float
    unready_since: float
    behind_since: float | None = None
    """Since when there has been work; None while there is none."""
    ready: bool = False


class Health:
    """The parts of one process. Told by their threads, asked by the server's."""

    def __init__(self, clock: Clock, stalled_seconds: float = STALLED_SECONDS) -> None:
        self._clock = clock
        self._limit = stalled_seconds
        self._parts: dict[str, _Part] = {}
        self._lock = Lock()

    def started(self, part: str) -> None:
        """The part begins: it counts as alive from now, and is not ready yet."""
        now = self._clock.monotonic()
        with self._lock:
            self._parts[part] = _Part(now, now, now)

    def ready(self, part: str, ready: bool = True) -> None:
        """It has what it works on (partitions assigned, state restored), or has it no more."""
        with self._lock:
            one = self._parts[part]
            if one.ready and not ready:
                one.unready_since = self._clock.monotonic()
            one.ready = ready

    def polled(self, part: str, behind: bool) -> None:
        """It looked for work; `behind`: there is some, read or still to read."""
        now = self._clock.monotonic()
        with self._lock:
            one = self._parts[part]
            one.polled = now
            if not behind:
                one.behind_since = None
            elif one.behind_since is None:
                one.behind_since = now

    def committed(self, part: str) -> None:
        """What it did has been committed."""
        with self._lock:
            self._parts[part].committed = self._clock.monotonic()

    def ended(self, part: str) -> None:
        """The part is done, in order: nobody waits for it any more."""
        with self._lock:
            self._parts.pop(part, None)

    def stalled(self) -> list[str]:
        """What has stopped making progress, a sentence a part."""
        now = self._clock.monotonic()
        with self._lock:
            return [
                f"{name}: {why}"
                for name, part in self._parts.items()
                if (why := self._why_stalled(part, now))
            ]

    def unready(self) -> list[str]:
        """The parts that are not ready; all of them, where none has started."""
        with self._lock:
            waiting = [name for name, part in self._parts.items() if not part.ready]
            return waiting if self._parts else ["nothing has started"]

    def _why_stalled(self, part: _Part, now: float) -> str:
        if part.ready and now - part.polled > self._limit:
            return f"has not looked for work for {now - part.polled:.0f} s"
        if not part.ready and (looked := part.polled - part.unready_since) > self._limit:
            return f"has looked for work for {looked:.0f} s and been given no partitions"
        if part.behind_since is not None:
            waited = now - max(part.behind_since, part.committed)
            if waited > self._limit:
                return f"has work and has not committed for {waited:.0f} s"
        return ""
