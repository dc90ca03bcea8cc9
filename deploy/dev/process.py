"""One service in one folder: at most one process, known by a lock that it holds itself.

The process inherits the locked file and never closes it. So the lock says whether it lives,
whatever happened to whoever started it, and no pid of a dead process is ever believed: the pid
file counts only while the lock is held.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from threading import Event

from deploy.dev.errors import DevError

_STEP = 0.05
_TAIL = 5


class LocalProcess:
    """The process of a service whose data, log and lock are in `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.log = folder / "log"
        self._lock = folder / "lock"
        self._pid = folder / "pid"

    def start(
        self,
        prepare: Callable[[], list[str]],
        ready: Callable[[], bool],
        seconds: float,
        environment: Mapping[str, str] | None = None,
    ) -> bool:
        """Starts it and waits until it is ready; False where it ran already.

        `prepare` gives the command, and is called by one starter at a time. Of several, one starts
        the process and all wait for it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + seconds
        started = False
        while not started:
            if (handle := self._take()) is not None:
                try:
                    self._spawn(prepare(), handle, environment)
                    started = True
                finally:
                    os.close(handle)
            elif self._wait_ready(ready, deadline):
                return False
        if not self._wait_ready(ready, deadline):
            raise DevError(f"{self.name} ended while it started. {self._last_words()}")
        return True

    def _spawn(
        self, command: list[str], handle: int, environment: Mapping[str, str] | None
    ) -> None:
        self._pid.unlink(missing_ok=True)
        # the process writes its own pid: whoever starts it may be killed before it knows it
        script = 'echo $$ > "$0.new" && mv "$0.new" "$0" && exec "$@"'
        process = ["/bin/sh", "-c", script, self._pid, *command]
        with self.log.open("ab") as log:
            # it is nobody's child, so that it can outlive this program and leaves no zombie to it
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "start", *process],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[handle],
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                check=True,
            )

    def _wait_ready(self, ready: Callable[[], bool], deadline: float) -> bool:
        """True once it answers, False where it is gone."""
        while not (self.pid and ready()):
            if not self.alive:
                return False
            if time.monotonic() > deadline:
                raise DevError(f"{self.name} does not answer in time. {self._last_words()}")
            _pause()
        return True

    @property
    def alive(self) -> bool:
        """Whether the process, or one that is starting it, lives."""
        if not self.folder.is_dir():
            return False
        handle = self._take()
        if handle is None:
            return True
        os.close(handle)
        return False

    @property
    def pid(self) -> int | None:
        """Its number while it lives."""
        try:
            return int(self._pid.read_text()) if self.alive else None
        except (OSError, ValueError):
            return None

    def stop(self, seconds: float = 30) -> bool:
        """Ends it, in order and else by force; False where it did not run."""
        if not self.alive:
            return False
        deadline = time.monotonic() + seconds
        while self.alive and self.pid is None and time.monotonic() < deadline:
            _pause()  # it is just being started
        if not self._ended(SIGTERM, seconds) and not self._ended(SIGKILL, 10):
            raise DevError(f"{self.name} (pid {self.pid}) cannot be stopped")
        return True

    def kill(self) -> None:
        """Ends it as a crash would."""
        if not self._ended(SIGKILL, 10):
            raise DevError(f"{self.name} (pid {self.pid}) cannot be killed")

    def send(self, number: Signals) -> None:
        """Sends it a signal."""
        if (pid := self.pid) is None:
            raise DevError(f"{self.name} does not run")
        os.kill(pid, number)

    def _ended(self, number: Signals, seconds: float) -> bool:
        if (pid := self.pid) is not None:
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while alive := self.alive:
            if time.monotonic() > deadline:
                break
            _pause()
        return not alive

    def wipe(self) -> None:
        """Removes all it has stored; only where it does not run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = self._take()
        if handle is None:
            raise DevError(f"{self.name} runs in {self.folder}: stop it first")
        try:
            shutil.rmtree(self.folder)
        finally:
            os.close(handle)

    def _take(self) -> int | None:
        """The lock, as an open file; None where somebody has it."""
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return f"The end of {self.log}:\n  " + "\n  ".join(lines[-_TAIL:])


def _pause() -> None:
    Event().wait(_STEP)
