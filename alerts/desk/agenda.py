"""What is to be looked at when: a heap of moments, at most one a key."""

from collections.abc import Hashable, Iterator
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)

_SLACK = 1000
"""So many entries that no longer hold are let be before the heap is made anew."""


class Agenda(Generic[KeyT]):
    """Keys with their moments; its size is bounded by the number of keys."""

    def __init__(self) -> None:
        self._when: dict[KeyT, datetime] = {}
        self._heap: list[tuple[datetime, int, KeyT]] = []
        self._count = 0
        """Keys of one moment come in the order they were set."""

    def __contains__(self, key: KeyT) -> bool:
        return key in self._when

    def set(self, key: KeyT, when: datetime | None) -> None:
        """The moment of a key from now on; None for never."""
        if self._when.get(key) == when:
            return
        if when is None:
            del self._when[key]
            return
        self._when[key] = when
        self._count += 1
        heappush(self._heap, (when, self._count, key))
        if len(self._heap) > 2 * len(self._when) + _SLACK:
            self._heap = [one for one in self._heap if self._when.get(one[2]) == one[0]]
            heapify(self._heap)

    def sooner(self, key: KeyT, when: datetime) -> None:
        """The moment of a key, unless it has an earlier one."""
        known = self._when.get(key)
        if known is None or when < known:
            self.set(key, when)

    def next(self) -> datetime | None:
        """The earliest moment."""
        while self._heap:
            when, _, key = self._heap[0]
            if self._when.get(key) == when:
                return when
            heappop(self._heap)
        return None

    def is_due(self, now: datetime) -> bool:
        moment = self.next()
        return moment is not None and moment <= now

    def due(self, now: datetime) -> Iterator[KeyT]:
        """Takes out the keys whose moment has come, the earliest first. What is set meanwhile for
        a moment that has come is among them."""
        while self.is_due(now):
            _, _, key = heappop(self._heap)
            del self._when[key]
            yield key
