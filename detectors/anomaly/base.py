"""The contract of every model of what is usual; river's two verbs, with an explanation."""

from datetime import datetime
from typing import Protocol, Self

import msgspec


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual one observation is, and compared with what.

    `value` is the distance from `expected` in robust standard deviations, negative below.
    `low`..`high` is the usual range, `visits` the number of days it was learnt from, `period`
    the hours that were compared, in words ("weekdays 03:00").
    """

    value: float
    expected: float
    low: float
    high: float
    visits: int
    period: str


class Model(Protocol):
    """Knows what is usual for one number of one key, an hour at a time.

    Scoring changes nothing. Learning takes each hour once, in order. A value is finite and not
    negative: anything else is a ValueError, since one NaN would poison the state for good.
    """

    def score_one(self, hour: datetime, value: float) -> Score | None:
        """The score of a value in the hour that starts at `hour`; None while still learning."""
        ...

    def learn_one(self, hour: datetime, value: float) -> None: ...

    def dump(self) -> bytes:
        """The state, with its format's version; `load` gives an equal model."""
        ...

    @classmethod
    def load(cls, data: bytes) -> Self:
        """ValueError for another format or version."""
        ...
