"""Silence and drops: hours that bring next to nothing, added up while they last.

One quiet hour of a vendor with fifteen requests an hour proves little; five in a row do. The
scores of consecutive quiet hours are combined by Stouffer's method (Stouffer et al., "The American
Soldier", 1949): z = sum(z_i) / sqrt(n).
"""

from datetime import datetime
from math import sqrt

import msgspec

from detectors.anomaly.base import Score

QUIET_SHARE = 1 / 6
"""An hour is quiet if it brings less than this share of what is expected."""


class Silence(msgspec.Struct):
    """The quiet hours of one key so far."""

    since: datetime
    hours: int = 0
    total_score: float = 0.0
    observed: float = 0.0
    expected: float = 0.0

    def add(self, observed: float, score: Score) -> None:
        self.hours += 1
        self.total_score += score.value
        self.observed += observed
        self.expected += score.expected

    @property
    def score(self) -> float:
        """How unusual it is, in standard deviations above 0."""
        return -self.total_score / sqrt(self.hours)


def is_quiet(observed: float, score: Score) -> bool:
    """Whether an hour counts towards silence: it brings next to nothing of what is usual.
    Hours in which nothing is usual are neither quiet nor its end."""
    return score.expected > 0 and observed < QUIET_SHARE * score.expected
