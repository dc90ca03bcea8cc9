"""Every metric of the program, in one table, in a registry of its own.

Labels are names from the configuration and codes from the source, never anything from an event.
The README's table of operations lists them all; a test compares.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from detectors.anomaly.standing import FleetStanding
from detectors.windows import BEGINNING
from monitor.clock import Clock

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


Depths = Mapping[str, Mapping[str, int]]
"""By sink and state, how many messages."""


class CacheInfo(Protocol):
    """What functools says of a cache."""

    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...
    @property
    def currsize(self) -> int: ...


class Metrics:
    """The metrics of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.registry = registry = CollectorRegistry()
        self._caches: dict[str, Callable[[], CacheInfo]] = {}
        self._outbox: Callable[[], Depths] = dict
        self._reached: dict[str, datetime] = {}
        self._endless: set[str] = set()
        self._lags: dict[str, Mapping[tuple[str, int], int]] = {}
        self._baselines: FleetStanding | None = None
        self.records = Counter(
            "egresswatch_records", "Records read by a stage", ["stage"], registry=registry
        )
        self.events = Counter(
            "egresswatch_events",
            "Events, by kind: fresh, duplicate, late",
            ["kind"],
            registry=registry,
        )
        self.findings = Counter(
            "egresswatch_findings", "Policy violations and anomalies found", registry=registry
        )
        self.alerts = Counter("egresswatch_alerts", "Alerts opened", registry=registry)
        self.dead_letters = Counter(
            "egresswatch_dead_letters", "Records refused, by reason", ["reason"], registry=registry
        )
        self.transactions = Counter(
            "egresswatch_transactions",
            "Transactions, by outcome: committed, aborted",
            ["stage", "outcome"],
            registry=registry,
        )
        self.inspected = Counter(
            "egresswatch_bytes",
            "Bytes of events, by kind: inspected, uninspected",
            ["kind"],
            registry=registry,
        )
        self.last_record = Gauge(
            "egresswatch_input_last_record_seconds",
            "When an input brought its last record, in seconds since 1970; 0: not yet",
            ["input"],
            registry=registry,
        )
        self.restore_seconds = Gauge(
            "egresswatch_restore_seconds",
            "How long the last restore of state took",
            ["stage"],
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "egresswatch_stage_seconds",
            "Seconds of a batch in a stage",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        registry.register(_OnScrape(self._scraped))

    @contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """Counts the seconds of the block as a batch's in this stage."""
        start = self._clock.monotonic()
        try:
            yield
        finally:
            self._stage_seconds.labels(stage).observe(self._clock.monotonic() - start)

    @contextmanager
    def restoring(self, stage: str) -> Generator[None]:
        """Measures the block as the restore of a stage's state."""
        start = self._clock.monotonic()
        yield
        self.restore_seconds.labels(stage).set(self._clock.monotonic() - start)

    def reached(self, stage: str, watermark: datetime) -> None:
        """Event time up to which a stage has come; its delay is measured when somebody looks."""
        self._reached[stage] = watermark

    def expect(self, inputs: Iterable[str]) -> None:
        """These inputs go on for ever; they have brought nothing yet."""
        for name in inputs:
            self._endless.add(name)
            self.last_record.labels(name).set(0)

    def brought(self, inputs: Iterable[str]) -> None:
        """These inputs have brought records now. One that may end is not watched."""
        for name in self._endless.intersection(inputs):
            self.last_record.labels(name).set(self._clock.now().timestamp())

    def looked_into(self, inspected: int, uninspected: int) -> None:
        """So many bytes more were inspected, and so many were not."""
        self.inspected.labels("inspected").inc(inspected)
        self.inspected.labels("uninspected").inc(uninspected)

    def lags(self, stage: str, left: Mapping[tuple[str, int], int]) -> None:
        """What a stage has not read yet, by topic and partition; in place of all it said before."""
        self._lags[stage] = left

    def baselines(self, standing: FleetStanding) -> None:
        """What is in force of the baselines; in place of all that was."""
        self._baselines = standing

    def watch_cache(self, name: str, info: Callable[[], CacheInfo]) -> None:
        """Shows a cache: `info` is the cache_info of a function under lru_cache."""
        self._caches[name] = info

    def watch_outbox(self, depths: Callable[[], Depths]) -> None:
        """Shows the messages that are not delivered; `depths` is called on another thread."""
        self._outbox = depths

    def _scraped(self) -> Iterator[Metric]:
        delay = GaugeMetricFamily(
            "egresswatch_watermark_delay_seconds",
            "How far event time is behind the clock",
            labels=["stage"],
        )
        now = self._clock.now()
        for stage, time in list(self._reached.items()):
            if time > BEGINNING:
                delay.add_metric([stage], (now - time).total_seconds())
        outbox = GaugeMetricFamily(
            "egresswatch_outbox_messages", "Messages not delivered", labels=["sink", "state"]
        )
        for sink, states in self._outbox().items():
            for state, count in states.items():
                outbox.add_metric([sink, state], count)
        yield from (delay, outbox, self._lag_metric(), *self._cache_metrics())
        yield from self._baseline_metrics()

    def _lag_metric(self) -> Metric:
        lag = GaugeMetricFamily(
            "egresswatch_lag_records",
            "Records not yet read",
            labels=["stage", "topic", "partition"],
        )
        for stage, left in list(self._lags.items()):
            for (topic, partition), count in left.items():
                lag.add_metric([stage, topic, str(partition)], count)
        return lag

    def _baseline_metrics(self) -> Iterable[Metric]:
        bars = GaugeMetricFamily(
            "egresswatch_baseline_bar",
            "log10 of how likely a detector's score may be by chance to be told",
            labels=["detector"],
        )
        incidents = GaugeMetricFamily(
            "egresswatch_baseline_incidents_a_day",
            "New incidents a day, by kind: mean (of a week), budget",
            labels=["kind"],
        )
        keys = GaugeMetricFamily("egresswatch_baseline_keys", "Keys with a baseline", labels=[])
        refused = CounterMetricFamily(
            "egresswatch_baseline_refused",
            "Since the state began, by kind: keys without room, evicted keys, impossible sums",
            labels=["kind"],
        )
        if (standing := self._baselines) is not None:
            for detector, bar in standing.bars.items():
                bars.add_metric([detector], bar)
            incidents.add_metric(["mean"], standing.incidents)
            incidents.add_metric(["budget"], standing.budget)
            keys.add_metric([], standing.keys)
            refused.add_metric(["keys"], standing.refused_keys)
            refused.add_metric(["evicted"], standing.evicted_keys)
            refused.add_metric(["sums"], standing.refused_sums)
        return bars, incidents, keys, refused

    def _cache_metrics(self) -> Iterable[Metric]:
        entries = GaugeMetricFamily(
            "egresswatch_cache_entries", "Entries of a cache", labels=["cache"]
        )
        lookups = CounterMetricFamily(
            "egresswatch_cache_lookups",
            "Lookups, by outcome: hit, miss",
            labels=["cache", "outcome"],
        )
        for name, info_of in self._caches.items():
            info = info_of()
            entries.add_metric([name], info.currsize)
            lookups.add_metric([name, "hit"], info.hits)
            lookups.add_metric([name, "miss"], info.misses)
        return entries, lookups


class _OnScrape:
    """A collector that asks only when somebody looks."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()
