"""From the watch's thread to the embedded runner's, which alone decides on alerts."""

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from detectors.records import Command, Finding


class Own(NamedTuple):
    """What there is to say about the program itself: first what is well again, then what is not."""

    commands: list[Command]
    findings: list[Finding]


class Inbox:
    """Keeps what waits until the next transaction. What is lost with the process is found again by
    the next one."""

    def __init__(self) -> None:
        self._own = Own([], [])
        self._lock = Lock()

    @property
    def waiting(self) -> bool:
        return bool(self._own.commands or self._own.findings)

    def tell(self, findings: Sequence[Finding], commands: Sequence[Command]) -> None:
        """Trouble that is over before anybody heard of it is not told."""
        over = {command.rule for command in commands}
        with self._lock:
            before = self._own
            left = [finding for finding in before.findings if finding.rule not in over]
            self._own = Own([*before.commands, *commands], [*left, *findings])

    def take(self) -> Own:
        """All that waits; it waits no more."""
        with self._lock:
            own, self._own = self._own, Own([], [])
            return own
