"""What a detector has to say of one row, before it is put into words."""

from datetime import datetime
from typing import NamedTuple


class Alarm(NamedTuple):
    """One detector's word on one key and time.

    `surprise` is -ln of how likely the score is by chance as the model has it, `likelihood` after
    calibration, `bar` what it had to pass. `minutes` is the length of the window; `since` an hour
    since 1970, for what lasts.
    """

    row: int
    rule: str
    detector: str
    metric: str
    minutes: int
    observed: float
    expected: float
    low: float
    high: float
    visits: int
    surprise: float
    likelihood: float
    bar: float
    since: int = 0
    hours: int = 0
    weekend: bool = False
    """Whether the hour was compared with those of weekends."""
    note: str = ""
    """For a moved batch: the hour it usually has."""
    requests: int = 0
    """Where values are held against them: how many requests there were."""
    again: bool = False
    """Whether it was told before: others of its service are still silent beside it."""


class First(NamedTuple):
    """A name that was never seen before."""

    rule: str
    kind: str
    name: str
    since: datetime
    known: int
