"""How a stage gets on: what its worker tells of itself, passed on to health, metrics and the log.

It is told once a batch, never once a record.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

from monitor.clock import Clock
from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.tally import Tally
from monitor.telemetry import Telemetry


class Watch:
    """Who is told by one stage."""

    def __init__(self, stage: str, telemetry: Telemetry, clock: Clock) -> None:
        self._stage = stage
        self._metrics, self._health = telemetry.metrics, telemetry.health
        self._log = telemetry.log
        self._clock = clock
        self.tally = Tally()
        """Of the transaction under way."""
        self.records = 0
        """Records that this run is done with."""

    def started(self) -> None:
        self._health.started(self._stage)

    def ended(self) -> None:
        self._health.ended(self._stage)
        self._metrics.lags(self._stage, {})

    def assigned(self, partitions: int) -> None:
        """It has taken over so many partitions with their state."""
        self._health.ready(self._stage)
        self._log("partitions.assigned", stage=self._stage, partitions=partitions)

    def revoked(self) -> None:
        """It has let go of all partitions."""
        self._health.ready(self._stage, ready=False)
        self._metrics.lags(self._stage, {})
        self._log("partitions.revoked", stage=self._stage)

    def polled(self, behind: bool, lags: Mapping[Place, int]) -> None:
        """It looked for records; `behind`: there were some. `lags`: how many are left, as far as
        it knows."""
        self._health.polled(self._stage, behind)
        self._metrics.lags(self._stage, lags)

    def committed(self, records: int) -> None:
        """A transaction was committed, and so many records more are done with."""
        self.records += records
        self._health.committed(self._stage)
        self._metrics.transactions.labels(self._stage, "committed").inc()
        self._metrics.records.labels(self._stage).inc(records)
        self._publish(self.tally)
        self.tally.clear()

    def aborted(self) -> None:
        """A transaction was not committed: what it counted is void."""
        self._metrics.transactions.labels(self._stage, "aborted").inc()
        self.tally.clear()

    def rewound(self, why: str) -> None:
        """The stage goes back to what was committed last; `why` is a code."""
        self._log("transaction.aborted", "warning", stage=self._stage, code=why)

    def timed(self, what: str) -> AbstractContextManager[None]:
        """Counts the seconds of the block as a batch's."""
        return self._metrics.timed(what)

    @contextmanager
    def restoring(self) -> Generator[None]:
        """Measures the block as the restore of the stage's state."""
        start = self._clock.monotonic()
        yield
        seconds = self._clock.monotonic() - start
        self._metrics.restore_seconds.labels(self._stage).set(seconds)
        self._log("state.restored", stage=self._stage, seconds=round(seconds, 3))

    def _publish(self, tally: Tally) -> None:
        metrics = self._metrics
        metrics.events.labels("fresh").inc(tally.fresh)
        metrics.events.labels("late").inc(tally.late)
        metrics.findings.inc(tally.findings)
        metrics.alerts.inc(tally.alerts)
        metrics.looked_into(tally.inspected, tally.uninspected)
        metrics.reached(self._stage, tally.reached)
        if tally.standing is not None:
            metrics.baselines(tally.standing)
        for reason, count in tally.dead_letters.items():
            metrics.dead_letters.labels(reason).inc(count)
        if refused := tally.dead_letters.total():
            self._log("records.refused", "warning", stage=self._stage, count=refused)
