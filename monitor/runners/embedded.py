"""The embedded runner: everything in one process, exactly once with no server.

A batch's positions, state, flows, sums, findings, alerts, dead letters and outgoing messages
commit in ONE transaction. After a crash the same batches are read again from the committed
positions, so the outcome is that of a run without the crash; only sending is at least once, and
`alerts.delivery` sees to the rest.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from alerts.desk import Outcome
from alerts.incidents import GroupKey
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.standing import fleet_standing
from detectors.records import Alert, Command, DeadLetter, Finding, RecordError
from detectors.windows import BEGINNING, MINUTE, minute_of
from monitor.clock import Clock, SystemClock
from monitor.pipeline import Pipeline
from monitor.runners.intake import Batch, Intake
from monitor.runners.store import EmbeddedStore
from monitor.selfwatch import Inbox
from monitor.sources.base import Source
from monitor.stages.scan import Incoming, Scanned
from monitor.telemetry import Telemetry, TelemetrySettings

PART = "embedded"
"""What metrics and health call this runner."""
SHORTEST_WAIT, LONGEST_WAIT = 0.002, 0.2
"""Seconds a runner without work waits before it looks again: longer each time."""


@dataclass(slots=True)
class Summary:
    """What a run has done so far; counts of this run only."""

    records: int = 0
    events: int = 0
    duplicates: int = 0
    late: int = 0
    """Events whose window had closed: counted everywhere but in the baselines."""
    size: int = 0
    dead_letters: int = 0
    findings: int = 0
    alerts: int = 0
    messages: int = 0
    batches: int = 0
    reached: datetime = field(default=BEGINNING)


class EmbeddedRunner:
    """Reads batches, runs the stages, commits; until its sources end or it is told to stop."""

    def __init__(
        self,
        pipeline: Pipeline,
        sources: Sequence[Source],
        intake: Intake,
        store: EmbeddedStore,
        sinks: Sequence[str],
        committed: Callable[[], None] = lambda: None,
        telemetry: Telemetry | None = None,
        inbox: Inbox | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`committed` is called after every commit, for whoever waits for new messages. `inbox`
        has what there is to say about the program itself."""
        self._inbox = inbox or Inbox()
        self._clock = clock or SystemClock()
        self._desk = pipeline.alert_stage.new_desk()
        telemetry = telemetry or Telemetry.of(TelemetrySettings())
        self._metrics, self._health = telemetry.metrics, telemetry.health
        self._log = telemetry.log
        self._pipeline = pipeline
        self._sources = sources
        self._intake = intake
        self._store = store
        self._sinks = sinks
        self._committed = committed
        self.summary = Summary()

    def run(
        self, stop: Event, progress: Callable[[Summary], None] = lambda summary: None
    ) -> Summary:
        """Runs to the end of all sources, or until `stop` is set: then the batch under way is
        finished and committed first."""
        self._health.started(PART)
        try:
            self._open()
            self._work(stop, progress)
        finally:
            self._health.ended(PART)
        return self.summary

    def _open(self) -> None:
        """Brings back the state and starts the sources where it left them."""
        with self._metrics.restoring("baseline"):
            restore(self._pipeline.baseline_stage, self._store.state.state("baseline"))
        self._metrics.baselines(fleet_standing(self._pipeline.baseline_stage))
        with self._metrics.restoring("alert"):
            saved = self._store.state.state("alert")
            self._desk.restore(saved, self._store.index.alert, self._clock.now())
        self._intake.open(self._store.state.progress())
        self._health.ready(PART)

    def _work(self, stop: Event, progress: Callable[[Summary], None]) -> None:
        wait = SHORTEST_WAIT
        while not stop.is_set():
            batch = self._intake.read()
            self._health.polled(PART, behind=bool(batch))
            if batch:
                self._process(batch)
                progress(self.summary)
                wait = SHORTEST_WAIT
            elif self._intake.exhausted:
                self._finish()
                break
            else:
                self._pass_time()
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    def _process(self, batch: Batch) -> None:
        fresh = self._without_known(batch.incoming)
        with self._metrics.timed("scan"):
            scanned = self._pipeline.scan(fresh)
        letters = [*batch.dead_letters, *self._refused(batch, scanned)]
        with self._metrics.timed("commit"), self._transaction():
            self._store.index.add_flows(scanned.flows)
            self._store.index.add_sums(scanned.sums)
            self._store.members.add(scanned.members)
            self._store.index.add_dead_letters(letters)
            self._store.state.save_progress(batch.progress)
            findings, told = self._decide(scanned, self._intake.watermark, self._clock.now())
        self._count(batch, fresh, letters, findings, told)
        self._metrics.looked_into(
            sum(flow.inspected for flow in scanned.flows),
            sum(flow.uninspected_bytes for flow in scanned.flows),
        )
        for source in self._sources:
            source.committed()
        self._committed()

    @contextmanager
    def _transaction(self) -> Generator[None]:
        outcome = "aborted"
        try:
            with self._store.transaction():
                yield
            outcome = "committed"
            self._health.committed(PART)
        finally:
            self._metrics.transactions.labels(PART, outcome).inc()

    def _decide(
        self, scanned: Scanned, watermark: datetime, now: datetime, *, last: bool = False
    ) -> tuple[list[Finding], Outcome]:
        """What the batch and the passing of time mean; inside the transaction. `last`: nothing
        comes after it."""
        own = self._inbox.take()
        self._store.close_own(own.commands)
        commands = self._store.new_commands()
        answers = self._answer(commands, now)
        with self._metrics.timed("baseline"):
            find = self._store.index.alert
            self._pipeline.learn(self._pipeline.alert_stage.feedback(commands, find))
            anomalies = self._pipeline.baseline(scanned.sums, watermark)
        findings = [*scanned.findings, *anomalies, *own.findings]
        with self._metrics.timed("alert"):
            told = self._pipeline.alert(self._desk, findings, self._current, now)
            self._keep(told)
            if last:
                self._keep(self._desk.finish(now))
        self._store.index.add_findings(findings)
        self._store.state.save_state("baseline", dump_changes(self._pipeline.baseline_stage))
        self._store.state.save_state("alert", self._desk.changes(now))
        return findings, Outcome(told.alerts, [*answers.messages, *told.messages])

    def _answer(self, commands: Sequence[Command], now: datetime) -> Outcome:
        """What was said is in the index already; it comes before new findings, so that the desk has
        the alerts as they are."""
        answers = self._pipeline.alert_stage.answered(
            self._desk, commands, self._store.index.alert, now
        )
        self._keep(answers)
        return answers

    def _keep(self, told: Outcome) -> None:
        self._store.index.put_alerts(told.alerts)
        for message in self._pipeline.route(told.messages):
            self._store.outbox.tell(message, self._sinks)

    def _current(self, group: GroupKey) -> Alert | None:
        return self._store.index.newest_alert(*group)

    def _pass_time(self) -> None:
        """With nothing to read: idle partitions time out, what waits in groups falls due, and
        analysts' answers are told on."""
        moved = self._intake.pass_time()
        now = self._clock.now()
        waiting = self._inbox.waiting or self._store.has_new_commands()
        if not (moved or waiting or self._desk.is_due(now)):
            return
        with self._transaction():
            self._store.state.save_progress(moved)
            findings, told = self._decide(_NOTHING, self._intake.watermark, now)
        self._count(Batch(), [], [], findings, told)
        self._committed()

    def _finish(self) -> None:
        """At the end of all sources no event can come for the minutes that still wait."""
        newest = self._intake.newest
        if newest > BEGINNING:
            with self._transaction():
                end = minute_of(newest) + MINUTE
                findings, told = self._decide(_NOTHING, end, self._clock.now(), last=True)
            self._count(Batch(), [], [], findings, told)
            self._committed()

    def _without_known(self, events: Sequence[Incoming]) -> list[Incoming]:
        """Each event once: one whose id is stored already was sent again, and counts no more."""
        first = {incoming.id: incoming for incoming in reversed(events)}
        known = self._store.index.known_flows(list(first))
        duplicates = len(events) - len(first) + len(known)
        self.summary.duplicates += duplicates
        self._metrics.events.labels("duplicate").inc(duplicates)
        return [incoming for incoming in reversed(first.values()) if incoming.id not in known]

    def _refused(self, batch: Batch, scanned: Scanned) -> list[DeadLetter]:
        letters: list[DeadLetter] = []
        for refused in scanned.refused:
            partition, offset, size = batch.places[refused.id]
            error = RecordError(refused.reason, refused.problem)
            letters.append(self._intake.dead_letter(partition, offset, size, error, refused.id))
        return letters

    def _count(
        self,
        batch: Batch,
        fresh: Sequence[Incoming],
        letters: Sequence[DeadLetter],
        findings: Sequence[Finding],
        told: Outcome,
    ) -> None:
        summary, metrics = self.summary, self._metrics
        late = sum(incoming.late for incoming in fresh)
        opened = sum(one.why == "first" for one in told.messages)
        summary.batches += bool(batch)
        summary.records += batch.records
        summary.size += batch.size
        summary.events += len(fresh)
        summary.late += late
        summary.dead_letters += len(letters)
        summary.findings += len(findings)
        summary.alerts += opened
        summary.messages += len(told.messages)
        summary.reached = self._intake.newest
        metrics.records.labels("scan").inc(batch.records)
        metrics.brought({partition.partition(":")[0] for partition in batch.progress})
        metrics.events.labels("fresh").inc(len(fresh) - late)
        metrics.events.labels("late").inc(late)
        metrics.findings.inc(len(findings))
        metrics.alerts.inc(opened)
        metrics.reached("scan", self._intake.watermark)
        metrics.baselines(fleet_standing(self._pipeline.baseline_stage))
        if letters:
            self._log("records.refused", "warning", stage="scan", count=len(letters))
        for letter in letters:
            metrics.dead_letters.labels(letter.reason).inc()


_NOTHING = Scanned([], [], [], [])
