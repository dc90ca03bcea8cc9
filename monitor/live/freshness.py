"""How old the view is. A view that stands still looks like one of a quiet hour, so it says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from faust.types import TP


class Reach(NamedTuple):
    """How far one partition has been read and taken in."""

    answered: datetime
    """When the broker last answered for it."""
    stable: int
    """The offset after its last committed record, by that answer."""
    taken: int
    """The offset before which all records are in the view."""


class Freshness:
    """Up to when the view has everything.

    Of each partition it remembers one answer of the broker, until all that was committed by then
    is in the view: so it moves on under a load that never pauses, and stands still where the
    broker answers no more. Told by one thread, asked by others.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._pending: dict[TP, Reach] = {}
        self._as_of: dict[TP, datetime] = {}
        self.waiting = 0
        """Committed records that are not in the view yet, by the broker's last word."""

    def look(self, reach: Mapping[TP, Reach]) -> None:
        """Takes note of how far each partition was read."""
        for place, now in reach.items():
            pending = self._pending.setdefault(place, now)
            if now.taken >= pending.stable:
                self._as_of[place] = pending.answered
                self._pending[place] = now
        self.waiting = sum(max(0, one.stable - one.taken) for one in reach.values())

    @property
    def as_of(self) -> datetime | None:
        """The view has all that was committed until then; None until it has read the last hour."""
        if len(self._as_of) < self._partitions:
            return None
        return min(self._as_of.values())
