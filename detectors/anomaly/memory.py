"""What the baseline stage remembers, and what is done to it as minutes, hours and days close."""

from datetime import datetime

import numpy as np

from detectors.anomaly.bins import Bins
from detectors.anomaly.counterpart import Matcher
from detectors.anomaly.feedback import Answers
from detectors.anomaly.lessons import Lessons
from detectors.anomaly.novel import Known
from detectors.anomaly.opinion import Panel
from detectors.anomaly.people import People
from detectors.anomaly.report import Names, Reporter
from detectors.anomaly.rows import Key, Rows
from detectors.anomaly.season import Season, Usual
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.state import (
    Changes,
    Details,
    Fleet,
    Progress,
    hours_since_1970,
)
from detectors.records import PartialSum


class Memory:
    """The state of the stage. What of it is stored, and how, is in `persist`."""

    def __init__(self, settings: BaselineSettings, names: Names) -> None:
        self.settings = settings
        self.changed = Changes()
        self.progress = Progress()
        self.fleet = Fleet()
        self.pending: dict[datetime, dict[Key, PartialSum]] = {}
        self.rows = Rows()
        self.details: dict[int, Details] = {}
        self.people = People()
        self.known = Known(settings, self.changed)
        self.bins = Bins(self.rows, self.fleet.calendar)
        self.season, self.lessons = Season(self.bins), Lessons(self.bins)
        self.answers = Answers(self.lessons, self.known, self.changed)
        self.matcher = Matcher(settings.counterpart, names)
        self.panel = Panel(settings.second_opinion, settings.drift, names, settings.min_count)
        self._report = Reporter(names)
        self._usual: Usual | None = None

    @property
    def usual(self) -> Usual:
        """What the hour under way should bring, for every row."""
        if self._usual is None or len(self._usual.mean) != self.rows.used:
            self._usual = self.season.usual(hours_since_1970(self.progress.hour))
        return self._usual

    def restored(self) -> None:
        """To be called when state has been put in place from outside."""
        self.bins.calendar = self.fleet.calendar
        self.rows.settle()
        for row, details in self.details.items():  # rows are stored as their hours close
            self.rows.of["came"][row] = self.rows.running.of["ring_at"][row]
            self.rows.of["registered"][row] = details.registered
        self._usual = None

    def _evict(self, row: int) -> None:
        self.answers.drop(row)
        self.details.pop(row, None)
        self.fleet.spoken.pop(row, None)
        self.people.put(row, b"")
        self.changed.rows.discard(row)
        self.changed.running.discard(row)
        self.changed.gone.add(self.rows.remove(row))
        self.progress.evicted_keys += 1

    def _count(self, row: int, hour: int, rule: str) -> None:
        self.fleet.calibration.count(self.rows.key(row)[1], rule, hour // 24)

    def _mark(self, row: int, hour: int) -> None:
        """Marks a row as one with an open alarm."""
        self.answers.remember(row)
        of = self.rows.of
        of["hot"][row] = hour
        of["hot_bins"][row] |= np.uint64(1 << self.bins.bin_of(hour, row))
        self.changed.rows.add(row)
