"""Why nobody is told of an alert at present: silences, maintenance, inhibition, flapping.

All that apply count, not only the first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from alerts.desk.flapping import MARK as FLAPPING
from alerts.desk.flapping import FlapSettings, flapping_until
from alerts.desk.inhibition import InhibitionRule, Inhibitions
from alerts.desk.labels import Owners, labels_of
from alerts.desk.maintenance import MaintenanceWindow
from alerts.desk.own import OWN
from alerts.desk.silences import Silences, SilenceSettings
from detectors.records import Alert


class Muted(NamedTuple):
    """What mutes an alert (nothing, if empty), and when to look again at the latest; None where
    only the end of another incident changes it."""

    marks: tuple[str, ...] = ()
    until: datetime | None = None


class Muting:
    """All that mutes, in one place."""

    def __init__(
        self,
        windows: Sequence[MaintenanceWindow],
        inhibition: Sequence[InhibitionRule],
        flapping: FlapSettings,
        silences: SilenceSettings,
        owners: Owners,
    ) -> None:
        self.silences = Silences(silences)
        self._windows = windows
        self._rules = bool(inhibition)
        self._inhibitions = Inhibitions(inhibition)
        self._flapping = flapping
        self._owners = owners

    def note(self, alert: Alert) -> bool:
        """An alert has changed; whether one that it muted may be heard again."""
        if not self._rules or alert.rule in OWN:
            return False
        if alert.status == "closed":
            return self._inhibitions.forget(alert.id)
        return self._inhibitions.note(alert.id, labels_of(alert, self._owners))

    def muted(self, alert: Alert, now: datetime) -> Muted:
        """What mutes an open alert now."""
        if alert.rule in OWN:
            return Muted()
        settled = flapping_until(alert, self._flapping, now)
        found = [(FLAPPING, settled)] if settled is not None else []
        if not (self.silences or self._windows or self._rules):
            return _together(found, [])
        labels = labels_of(alert, self._owners)
        found += [(one.mark, one.silence.ends) for one in self.silences.muting(labels, now)]
        found += [
            (window.mark, until)
            for window in self._windows
            if (until := window.until(labels, now)) is not None
        ]
        return _together(found, [f"inhibited:{one}" for one in self._inhibitions.muting(labels)])


def _together(timed: Sequence[tuple[str, datetime]], untimed: Sequence[str]) -> Muted:
    marks = (*(mark for mark, _ in timed), *dict.fromkeys(untimed))
    return Muted(marks, min((until for _, until in timed), default=None))
