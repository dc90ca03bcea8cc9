"""Storm protection: beyond so many messages in a time, one incident of our own tells how many were
held back. Nothing is lost: what is held is an alert like any other, marked so."""

from datetime import datetime, timedelta

import msgspec
from pydantic import Field

from detectors.yamlfile import StrictModel

MARK = "storm"


class StormSettings(StrictModel):
    """How many messages are too many."""

    messages: int = Field(default=100, ge=1, description="So many messages within the time")
    minutes: float = Field(default=10, gt=0, description="The time")


class Storm(msgspec.Struct, omit_defaults=True):
    """Messages of the window that began at `since`, and the storm under way: `alert` is its
    incident (empty in fair weather), `total` how many messages it has held back."""

    since: datetime
    sent: int = 0
    held: int = 0
    total: int = 0
    alert: str = ""

    def admits(self, settings: StormSettings) -> bool:
        """Whether one more message may go; if not, it is counted."""
        if self.sent < settings.messages:
            self.sent += 1
            return True
        self.held += 1
        self.total += 1
        return False

    def roll(self, now: datetime, settings: StormSettings) -> bool:
        """Comes before any message is counted: begins a new window where the last is over. Whether
        that ends a storm: nothing was held back in a whole window."""
        if now < self.ends(settings):
            return False
        over = bool(self.alert) and self.held == 0
        self.since, self.sent, self.held = now, 0, 0
        return over

    def ends(self, settings: StormSettings) -> datetime:
        return self.since + timedelta(minutes=settings.minutes)
