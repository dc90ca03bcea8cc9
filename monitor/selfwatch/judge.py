"""Is the program well? Pure: what its figures of the last minutes say."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from detectors.rules import RuleId
from monitor.selfwatch.figures import Figures
from monitor.selfwatch.settings import SelfMonitoringSettings


class Subject(NamedTuple):
    """What may be wrong with what: an input, a stage, a sink or the whole."""

    rule: RuleId
    name: str


Verdicts = Mapping[Subject, str]
"""What is wrong with each subject, in a sentence; empty where it is well. A subject that cannot be
judged at present is not there."""

WHOLE = "scan"
"""What is judged as a whole is judged where events are read."""


class Judge:
    """Remembers the figures of the window."""

    def __init__(self, settings: SelfMonitoringSettings) -> None:
        self._settings = settings
        self._window = timedelta(minutes=settings.window_minutes)
        self._past: deque[tuple[datetime, Figures]] = deque()
        self._died: dict[str, datetime] = {}
        self._began: datetime | None = None

    def __call__(self, now: datetime, figures: Figures) -> dict[Subject, str]:
        """The verdicts of this moment."""
        self._began = self._began or now
        self._past.append((now, figures))
        # one older than the window stays, so that the window is always whole
        while len(self._past) > 1 and now - self._past[1][0] >= self._window:
            self._past.popleft()
        began, before = self._past[0]
        whole = now - began >= self._window
        return {
            **dict(self._silent(now, self._began, figures)),
            **dict(self._dead_letters(before, figures)),
            **dict(self._coverage(before, figures)),
            **(dict(self._lags(figures)) if whole else {}),
            **dict(self._dead_deliveries(now, figures)),
        }

    def _silent(
        self, now: datetime, began: datetime, figures: Figures
    ) -> Iterator[tuple[Subject, str]]:
        """An input is well once it has brought something, to this process."""
        for name, last in figures.last_record.items():
            minutes = (now.timestamp() - (last or began.timestamp())) / 60
            silent = minutes >= self._settings.silence(name)
            said = f"the input {name} has brought nothing for {_minutes(minutes)}"
            if silent or last:
                yield Subject("source-silent", name), said if silent else ""

    def _dead_letters(self, before: Figures, figures: Figures) -> Iterator[tuple[Subject, str]]:
        records = figures.records - before.records
        if records < self._settings.least_records:
            return
        refused = figures.dead_letters - before.dead_letters
        too_many = refused / records > self._settings.dead_letter_ratio
        said = f"{refused:,.0f} of the last {records:,.0f} records could not be read"
        yield Subject("dead-letters-many", WHOLE), said if too_many else ""

    def _coverage(self, before: Figures, figures: Figures) -> Iterator[tuple[Subject, str]]:
        inspected = figures.inspected - before.inspected
        seen = inspected + figures.uninspected - before.uninspected
        if seen < self._settings.least_bytes:
            return
        share = inspected / seen
        said = f"of the last {seen:,.0f} bytes {share:.0%} were inspected"
        too_little = share < self._settings.coverage
        yield Subject("coverage-low", WHOLE), said if too_little else ""

    def _lags(self, figures: Figures) -> Iterator[tuple[Subject, str]]:
        for stage, lag in figures.lags.items():
            past = [one.lags.get(stage, 0) for _, one in self._past]
            grows = min(past) >= self._settings.lag_records and lag > past[0]
            said = f"{lag:,.0f} records wait for the stage {stage}, and it becomes more"
            if grows or lag < self._settings.lag_records:
                yield Subject("lag-growing", stage), said if grows else ""

    def _dead_deliveries(self, now: datetime, figures: Figures) -> Iterator[tuple[Subject, str]]:
        """A sink is in trouble from the first delivery that dies until a window passes without."""
        if len(self._past) > 1:
            last = self._past[-2][1]
            for sink, dead in figures.dead.items():
                if dead > last.dead.get(sink, 0):
                    self._died[sink] = now
        for sink, died in self._died.items():
            recent = now - died < self._window
            said = f"deliveries to the sink {sink} were given up: see `egresswatch deliveries`"
            yield Subject("deliveries-dead", sink), said if recent else ""


def _minutes(minutes: float) -> str:
    return f"{minutes:,.0f} minutes" if minutes < 120 else f"{minutes / 60:,.0f} hours"
