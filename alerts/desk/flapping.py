"""Flap damping: what comes back again and again is told no more until it has settled."""

from datetime import datetime, timedelta

from pydantic import Field

from detectors.records import Alert
from detectors.yamlfile import StrictModel

MARK = "flapping"


class FlapSettings(StrictModel):
    """How often an incident may come back before it is damped."""

    reopenings: int = Field(default=3, ge=2, le=50, description="So many within the time")
    minutes: float = Field(default=60, gt=0, description="The time")


def flapping_until(alert: Alert, settings: FlapSettings, now: datetime) -> datetime | None:
    """Until when an alert is damped, if it is: so many of its last reopenings are that young."""
    came_back = [one.at for one in alert.history if one.what == "reopened"]
    if len(came_back) < settings.reopenings:
        return None
    until = came_back[-settings.reopenings] + timedelta(minutes=settings.minutes)
    return until if now < until else None
