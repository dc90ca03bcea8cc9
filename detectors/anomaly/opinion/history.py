"""Observed hours as data of our own: what a model is made of, and made from again.

At most twice `KEPT` hours are held. When they are full the older half goes, and whoever learns
from them has to start over with the newer: what is learnt is at any time what replaying the
history gives, no more.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import NamedTuple, Self

import msgspec

from detectors.windows import HOUR

VERSION = 1
KEPT = 24 * 14
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WEEKDAY = _EPOCH.weekday()


class Observation(NamedTuple):
    """A finite count of 0 or more, of the hour that starts at `hour`."""

    hour: datetime
    value: float


class _State(msgspec.Struct, array_like=True):
    version: int
    hours: list[int]
    values: list[float]


class History:
    """Hours in order, each once."""

    __slots__ = ("_hours", "_values")

    def __init__(self) -> None:
        self._hours = array("q")
        self._values = array("d")

    def __len__(self) -> int:
        return len(self._hours)

    def __iter__(self) -> Iterator[Observation]:
        for hour, value in zip(self._hours, self._values, strict=True):
            yield Observation(_EPOCH + timedelta(hours=hour), value)

    def check(self, hour: datetime, value: float) -> None:
        """ValueError for what is no count, and for an hour that is not after the last."""
        require_count(value)
        if self._hours and _number(hour) <= self._hours[-1]:
            raise ValueError("an hour was learnt before: hours are taken once and in order")

    def add(self, hour: datetime, value: float) -> bool:
        """Whether the older half went. ValueError as `check`."""
        self.check(hour, value)
        self._hours.append(_number(hour))
        self._values.append(value)
        if len(self._hours) < 2 * KEPT:
            return False
        del self._hours[:-KEPT], self._values[:-KEPT]
        return True

    def like(self, hour: datetime) -> list[float]:
        """The values of the same hour on the same kind of day."""
        free, of_day = hour.weekday() >= 5, hour.hour
        return [
            value
            for number, value in zip(self._hours, self._values, strict=True)
            if number % 24 == of_day and ((number // 24 + _FIRST_WEEKDAY) % 7 >= 5) == free
        ]

    def week_before(self, hour: datetime) -> float | None:
        wanted = _number(hour) - 24 * 7
        index = bisect_left(self._hours, wanted)
        found = index < len(self._hours) and self._hours[index] == wanted
        return self._values[index] if found else None

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(VERSION, _steps(self._hours), list(self._values)))

    @classmethod
    def load(cls, data: bytes) -> Self:
        """ValueError for what no history of this version is."""
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.DecodeError:
            raise ValueError("not the state of a second opinion") from None
        if state.version != VERSION:
            raise ValueError(f"state version {state.version}, this program reads {VERSION}")
        history = cls()
        number = 0
        for step, value in zip(state.hours, state.values, strict=True):
            number += step
            history._hours.append(number)
            history._values.append(value)
        return history


def require_count(value: float) -> None:
    if not isfinite(value) or value < 0:
        raise ValueError("a finite count of 0 or more is expected")


def _number(hour: datetime) -> int:
    return (hour - _EPOCH) // HOUR


def _steps(hours: "array[int]") -> list[int]:
    """Differences: an hour later is one byte."""
    return [after - before for before, after in zip([0, *hours], hours, strict=False)]
