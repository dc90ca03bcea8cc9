"""When a delivery is tried again, and when it is given up."""

from datetime import datetime, timedelta
from random import Random

from pydantic import BaseModel, ConfigDict, Field


class RetryPolicy(BaseModel):
    """Exponential backoff with full jitter: the wait is drawn evenly from zero to a ceiling that
    doubles with every attempt, so that many deliveries do not return in step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_wait: float = Field(
        default=1, gt=0, description="Ceiling in seconds of the first wait.", examples=[1]
    )
    longest_wait: float = Field(
        default=600, gt=0, description="Ceiling in seconds of any wait.", examples=[600]
    )
    longest_retry_after: float = Field(
        default=3600,
        gt=0,
        description="A receiver's Retry-After counts up to so many seconds.",
        examples=[3600],
    )
    max_attempts: int = Field(
        default=300, ge=1, description="A delivery is dead after so many attempts.", examples=[300]
    )
    max_age: float = Field(
        default=86_400,
        gt=0,
        description="A delivery is dead when it fails so many seconds after its first attempt.",
        examples=[86_400],
    )

    def heed(self, retry_after: float | None) -> timedelta:
        """How long the receiver asked us to leave it alone, within reason."""
        return timedelta(seconds=min(retry_after or 0.0, self.longest_retry_after))

    def wait(self, attempts: int, random: Random) -> timedelta:
        """How long to wait after this many attempts, beyond what the receiver asked for."""
        doublings = min(attempts - 1, 60)  # beyond, the float would only overflow
        ceiling = min(self.longest_wait, self.first_wait * 2**doublings)
        return timedelta(seconds=random.uniform(0, ceiling))

    def exhausted(self, attempts: int, first_attempt: datetime, now: datetime) -> bool:
        """Whether a delivery that has just failed is given up."""
        age = (now - first_attempt).total_seconds()
        return attempts >= self.max_attempts or age >= self.max_age
