"""The first model: the median of the same hour on the same kind of day, with a shared dispersion.

Each of 48 bins (hour x weekday or weekend, UTC) keeps its last visits; `expected` is their
median. A few visits say little about how much a bin varies, so dispersion is learnt over all hours
of the key, as in quasi-Poisson regression (McCullagh and Nelder, "Generalized Linear Models",
1989, section 4.5): the variance of a bin with mean m is phi * max(m, 1), where phi is the running
mean of winsorised squared residuals. A score counts in such deviations, widened by sqrt(1 + 1/n)
for the n visits behind the median.

Work moves: upwards a value is compared with the busiest of its own bin and both neighbours,
downwards with the quietest, so that a nightly batch that runs an hour early is no alarm.
"""

from array import array
from datetime import datetime
from math import isfinite, sqrt
from statistics import median
from typing import Self

import msgspec

from detectors.anomaly.base import Score

VERSION = 1
VISITS_KEPT = 12
MIN_VISITS = 2
RANGE = 3.0
"""The usual range that is shown reaches this many deviations from what is expected."""

PRIOR_PHI = 4.0
"""The dispersion before anything is known: values come several to a request."""
PRIOR_WEIGHT = 24.0
MEMORY = 24.0 * 28
"""Hours over which dispersion is averaged."""
WINSOR = 16.0
"""A squared residual counts at most so many times phi: a burst must not widen the range."""

_HOURS = 24
_DAY_TYPES = ("weekdays", "weekends")


class _State(msgspec.Struct, array_like=True):
    version: int
    bins: list[list[float]]
    phi: float
    weight: float


class HourlyModel:
    """Hour x day type. State: at most 48 x 12 numbers and the dispersion."""

    __slots__ = ("_bins", "_phi", "_weight")

    def __init__(self) -> None:
        self._bins = [array("d") for _ in range(_HOURS * len(_DAY_TYPES))]
        self._phi = PRIOR_PHI
        self._weight = PRIOR_WEIGHT

    def score_one(self, hour: datetime, value: float) -> Score | None:
        _require_count(value)
        kind = int(hour.weekday() >= 5)
        if len(self._bin(kind, hour.hour)) >= MIN_VISITS:
            return self._score(kind, hour.hour, value, both_ways=True)
        if len(self._bin(1 - kind, hour.hour)) >= MIN_VISITS:
            # a first weekend is compared with weekdays, and never called too quiet for it
            return self._score(1 - kind, hour.hour, value, both_ways=False)
        return None

    def learn_one(self, hour: datetime, value: float) -> None:
        _require_count(value)
        own = self._bin(int(hour.weekday() >= 5), hour.hour)
        if len(own) >= MIN_VISITS:
            middle = median(own)
            squared = (value - middle) ** 2 / max(middle, 1.0) / (1 + 1 / len(own))
            self._weight = min(self._weight + 1, MEMORY)
            self._phi += (min(squared, WINSOR * self._phi) - self._phi) / self._weight
        own.append(float(value))
        del own[:-VISITS_KEPT]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(VERSION, [list(one) for one in self._bins], self._phi, self._weight)
        )

    @classmethod
    def load(cls, data: bytes) -> Self:
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.DecodeError:
            raise ValueError("not the state of an hourly model") from None
        if state.version != VERSION or len(state.bins) != _HOURS * len(_DAY_TYPES):
            raise ValueError(f"state version {state.version}, this model reads {VERSION}")
        model = cls()
        model._bins = [array("d", one) for one in state.bins]
        model._phi, model._weight = state.phi, state.weight
        return model

    def _bin(self, kind: int, hour: int) -> "array[float]":
        return self._bins[kind * _HOURS + hour % _HOURS]

    def _score(self, kind: int, hour: int, value: float, *, both_ways: bool) -> Score:
        own = self._bin(kind, hour)
        middle = median(own)
        near = [middle, *(median(one) for s in (-1, 1) if (one := self._bin(kind, hour + s)))]
        widening = 1 + 1 / len(own)
        low, high = min(near), max(near)
        below, above = (sqrt(self._phi * max(m, 1.0) * widening) for m in (low, high))
        if value > high:
            distance = (value - high) / above
        elif value < low and both_ways:
            distance = (value - low) / below
        else:
            distance = 0.0
        return Score(
            value=distance,
            expected=middle,
            low=max(0.0, low - RANGE * below) if both_ways else 0.0,
            high=high + RANGE * above,
            visits=len(own),
            period=f"{_DAY_TYPES[kind]} {hour:02d}:00",
        )


def _require_count(value: float) -> None:
    if not isfinite(value) or value < 0:
        raise ValueError("a finite count of 0 or more is expected")
