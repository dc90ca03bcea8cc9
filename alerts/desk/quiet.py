"""What has been quiet for long is closed, by the time of events.

Where no watermark is at hand, event time goes on from the newest evidence as the clock does. So old
traffic that is read today does not look forgotten.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from alerts.desk.agenda import Agenda
from alerts.desk.own import OWN
from alerts.lifecycle import closed_as_quiet
from detectors.records import Alert
from detectors.rules import OURSELVES
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


class Quiet:
    """Watches open incidents; `days` without evidence close one, None never does."""

    def __init__(self, days: float | None) -> None:
        self._days = days
        self._clock = EventClock()
        self._agenda: Agenda[str] = Agenda()
        """Alerts, and the event time at which each may be quiet: looked at again then, and not
        with every piece of evidence."""

    def watch(self, alert: Alert, now: datetime) -> None:
        """An incident has changed. One of the program itself has the clock's time, not that of
        events, and ends in its own way."""
        if alert.rule in OWN or alert.subprocessor == OURSELVES:
            return
        self._clock.observe(alert.last, now)
        if self._days is not None and alert.status != "closed" and alert.id not in self._agenda:
            self._agenda.set(alert.id, alert.last + timedelta(days=self._days))

    def forget(self, alert_id: str) -> None:
        self._agenda.set(alert_id, None)

    def is_due(self, now: datetime) -> bool:
        return self._agenda.is_due(self._clock.time(now))

    def close(self, alerts: dict[str, Alert], now: datetime) -> Iterator[Alert]:
        """Those of the incidents that have been quiet for long, closed."""
        event_time = self._clock.time(now)
        for alert_id in self._agenda.due(event_time):
            alert = alerts.get(alert_id)
            if alert is None or alert.status == "closed" or self._days is None:
                continue
            end = alert.last + timedelta(days=self._days)
            if end > event_time:
                self._agenda.set(alert_id, end)
            else:
                yield closed_as_quiet(alert, event_time, f"quiet for {self._days:g} days")

    def saved(self, now: datetime) -> EventClock:
        """Event time, to be kept."""
        return EventClock(self._clock.time(now), now)

    def restore(self, clock: EventClock, now: datetime) -> None:
        """Nothing was taken since it was kept: event time stood still."""
        self._clock = EventClock(clock.event, now if clock.event > BEGINNING else BEGINNING)
