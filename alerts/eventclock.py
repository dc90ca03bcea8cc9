"""Event time where no watermark is at hand: it goes on from the newest evidence as the clock does.

What is quiet is judged by it, so that old traffic that is read today does not look forgotten.
"""

from datetime import datetime

import msgspec

from detectors.windows import BEGINNING


class EventClock(msgspec.Struct):
    """`event` was reached at `clock`."""

    event: datetime = BEGINNING
    clock: datetime = BEGINNING

    def observe(self, event: datetime, now: datetime) -> None:
        """Evidence of this time was taken."""
        if event > self.time(now):
            self.event, self.clock = event, now

    def time(self, now: datetime) -> datetime:
        """Event time now; never goes back."""
        return self.event if self.event == BEGINNING else self.event + (now - self.clock)

    def resume(self, now: datetime) -> None:
        """Nothing was taken since the state was saved: event time stood still."""
        if self.event > BEGINNING:
            self.clock = now
