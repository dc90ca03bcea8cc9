"""When a read or a sending is called alone."""

from datetime import timedelta
from typing import Final

from pydantic import Field

from detectors.yamlfile import StrictModel

PARTS: Final = 3
"""Parts that the time to wait is cut into."""


class CounterpartSettings(StrictModel):
    """What `baseline.counterpart` holds."""

    within_minutes: int = Field(
        default=60, ge=1, le=24 * 60, description="From a read to its sending, at most; and back"
    )
    learning_days: int = Field(default=3, ge=1, description="Days on which both were seen together")
    min_met: int = Field(default=10, ge=1, description="And so many times")
    max_missed: float = Field(
        default=0.05, ge=0, lt=1, description="And of all times at most this share missed the other"
    )
    min_count: int = Field(default=20, ge=1, description="Records read, or requests, to speak of")
    distance: float = Field(
        default=4.0,
        ge=2,
        description="Or so many standard deviations more than is usual with as much of the other",
    )

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.within_minutes)

    @property
    def part_minutes(self) -> int:
        """The length of a part."""
        return max(self.within_minutes // PARTS, 1)
