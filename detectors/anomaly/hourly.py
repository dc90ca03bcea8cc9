"""The first model: the median of the same hour on the same kind of day, with a robust scale.

Each of 48 bins (hour x weekday or weekend, UTC) keeps its last visits. A value is compared with
the pool of its own bin and both neighbours: `z = (x - median) / scale`, where the scale is the
largest of 1.4826 MAD (Rousseeuw and Croux, 1993), the Poisson deviation sqrt(median), a tenth of
the median, and 1: quiet hours vary by whole events, busy ones by their share.
"""

from datetime import datetime, timedelta
from math import isfinite, sqrt
from statistics import median
from typing import Self

import msgspec

from detectors.anomaly.base import Score

VERSION = 1
VISITS_KEPT = 12
MIN_VISITS = 2
MIN_POOL = 6
RANGE = 3.0
"""The usual range that is shown reaches this many scales from the median."""

_HOURS = 24
_DAY_TYPES = ("weekdays", "weekends")


class _State(msgspec.Struct, array_like=True):
    version: int
    bins: list[list[float]]


class HourlyModel:
    """Hour x day type, median and MAD. State: at most 48 x 12 numbers."""

    __slots__ = ("_bins",)

    def __init__(self) -> None:
        self._bins: list[list[float]] = [[] for _ in range(_HOURS * len(_DAY_TYPES))]

    def score_one(self, hour: datetime, value: float) -> Score | None:
        _require_count(value)
        own = self._bin(hour)
        if len(own) >= MIN_VISITS and len(pool := self._pool(hour)) >= MIN_POOL:
            return _score(value, pool, len(own), _period(hour), bounded_below=True)
        return self._score_by_other_days(hour, value)

    def learn_one(self, hour: datetime, value: float) -> None:
        _require_count(value)
        own = self._bin(hour)
        own.append(float(value))
        del own[:-VISITS_KEPT]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(VERSION, self._bins))

    @classmethod
    def load(cls, data: bytes) -> Self:
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.DecodeError:
            raise ValueError("not the state of an hourly model") from None
        if state.version != VERSION or len(state.bins) != _HOURS * len(_DAY_TYPES):
            raise ValueError(f"state version {state.version}, this model reads {VERSION}")
        model = cls()
        model._bins = state.bins
        return model

    def _score_by_other_days(self, hour: datetime, value: float) -> Score | None:
        """A first weekend is compared with weekdays, and never called too quiet for it."""
        other = hour + timedelta(days=7 - hour.weekday() - 1 if hour.weekday() < 5 else -2)
        pool = self._pool(other)
        if len(self._bin(other)) < MIN_VISITS or len(pool) < MIN_POOL:
            return None
        return _score(value, pool, len(self._bin(other)), _period(other), bounded_below=False)

    def _bin(self, hour: datetime) -> list[float]:
        return self._bins[(hour.weekday() >= 5) * _HOURS + hour.hour]

    def _pool(self, hour: datetime) -> list[float]:
        """The values of the hour and its neighbours on the same kind of day."""
        start = (hour.weekday() >= 5) * _HOURS
        near = ((hour.hour + step) % _HOURS for step in (-1, 0, 1))
        return [value for index in near for value in self._bins[start + index]]


def _score(
    value: float, pool: list[float], visits: int, period: str, *, bounded_below: bool
) -> Score:
    middle = median(pool)
    mad = median(abs(one - middle) for one in pool)
    scale = max(1.4826 * mad, sqrt(middle), middle / 10, 1.0)
    distance = (value - middle) / scale
    return Score(
        value=distance if bounded_below else max(0.0, distance),
        expected=middle,
        low=max(0.0, middle - RANGE * scale) if bounded_below else 0.0,
        high=middle + RANGE * scale,
        visits=visits,
        period=period,
    )


def _period(hour: datetime) -> str:
    return f"{_DAY_TYPES[hour.weekday() >= 5]} {hour.hour:02d}:00"


def _require_count(value: float) -> None:
    if not isfinite(value) or value < 0:
        raise ValueError("a finite count of 0 or more is expected")
