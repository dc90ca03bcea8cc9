"""What happened in the last hour, minute by minute, in bounded memory."""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from typing import Generic, TypeVar

from detectors.windows import HOUR, minute_of

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class LastHour(Generic[KeyT, ValueT]):
    """Values by minute of event time and key; values of one minute and key are merged.

    Minutes go when they are an hour old, by the clock. Not more than `most` values are kept: a
    value for a new key beyond them is left out, and counted for an hour.
    """

    def __init__(self, merge: Callable[[ValueT, ValueT], ValueT], most: int) -> None:
        self._merge = merge
        self._most = most
        self._size = 0
        self._minutes: dict[datetime, dict[KeyT, ValueT]] = {}
        self._left_out_at: datetime | None = None
        self.left_out = 0

    def add(self, moment: datetime, key: KeyT, value: ValueT, now: datetime) -> None:
        """Adds a value to its minute, unless that is gone already."""
        self._expire(now)
        minute = minute_of(moment)
        if _gone(minute, now):
            return
        values = self._minutes.setdefault(minute, {})
        if (known := values.get(key)) is not None:
            values[key] = self._merge(known, value)
        elif self._size < self._most:
            values[key] = value
            self._size += 1
        else:
            self.left_out += 1
            self._left_out_at = now

    def items(self, now: datetime) -> Iterator[tuple[datetime, KeyT, ValueT]]:
        """Everything of the hour before `now`: minute, key, value."""
        self._expire(now)
        for minute, values in self._minutes.items():
            for key, value in values.items():
                yield minute, key, value

    def _expire(self, now: datetime) -> None:
        for minute in [minute for minute in self._minutes if _gone(minute, now)]:
            self._size -= len(self._minutes.pop(minute))
        if self._left_out_at is not None and now - self._left_out_at >= HOUR:
            self.left_out, self._left_out_at = 0, None


def _gone(minute: datetime, now: datetime) -> bool:
    return minute_of(now) - minute >= HOUR
