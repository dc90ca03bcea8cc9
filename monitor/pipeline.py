"""The table of contents of the whole program: what happens to a batch of events, in order.

    source -> decode -> scan -> attribute -> judge -> aggregate -> baseline -> finding -> alert

Read on in `monitor.stages.scan` (decode to aggregate), `detectors.anomaly.baseline`,
`alerts.incidents` (finding to alert) and `alerts.desk` (alert to message). Nothing here reads a
clock, a socket or a file: a runner brings the batch and commits the outcome.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.desk import Desk, Outcome
from alerts.incidents import GroupKey
from alerts.messages import Message
from detectors.anomaly import Baseline
from detectors.records import Alert, Feedback, Finding, PartialSum
from monitor.stages.alert import AlertStage
from monitor.stages.scan import Incoming, Scanned, ScanStage


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The three stages. `scan` has no state, `baseline` keeps its own, `alert` is handed its."""

    scan_stage: ScanStage
    baseline_stage: Baseline
    alert_stage: AlertStage
    route: Callable[[Iterable[Message]], list[Message]] = list
    """Gives messages their receivers. Duties change with the hour: it alone reads a clock."""

    def scan(self, events: Sequence[Incoming]) -> Scanned:
        """Events into flows, partial sums and policy findings."""
        return self.scan_stage(events)

    def learn(self, feedback: Sequence[Feedback]) -> None:
        """Analysts' verdicts into the baselines; before the sums they are to be held against."""
        for one in feedback:
            self.baseline_stage.answer(one)

    def baseline(self, sums: Sequence[PartialSum], watermark: datetime) -> list[Finding]:
        """Partial sums, and the passing of event time, into anomalies."""
        return self.baseline_stage.take(sums, watermark)

    def alert(
        self,
        desk: Desk,
        findings: Sequence[Finding],
        current: Callable[[GroupKey], Alert | None],
        now: datetime,
    ) -> Outcome:
        """Findings of both kinds, and the passing of time, into incidents and messages."""
        return self.alert_stage(desk, findings, current, now)
