"""The Kafka runner against a bare loop, a second worker, its own restore, and the clock. By hand:

    make bench-kafka          (or: python -m tests.bench.kafka [--events N] [--keys N] [only ...])

It starts a broker of its own, which shares the machine with all it measures. Trust the ratios of
one run, and CPU time before wall-clock time on a busy machine.
"""

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from logging import getLogger
from pathlib import Path
from threading import Event
from time import perf_counter, process_time
from uuid import uuid4

from confluent_kafka import Producer

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes
from monitor.runners.kafka.assignment import Start
from monitor.runners.kafka.baseline import BaselineShell
from monitor.runners.kafka.clients import Clients
from monitor.runners.kafka.tally import Tally
from monitor.settings import Stage
from monitor.wiring import build_pipeline
from tests.bench.kafka_runs import (
    Clocked,
    NoDetection,
    Spent,
    TimedSink,
    bare_loop,
    cpu_of,
    probe,
    rebuilt,
    scan_all,
    scan_in_workers,
    stages,
    state_of,
    steady,
)
from tests.bench.pipeline import small_events
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.services.broker import Broker, running_broker

PARTITIONS = 2
STAGED: list[Stage] = ["scan", "baseline", "alert", "deliver"]
PATIENCE = 5.0
"""Seconds after the last event in which its alert must have come."""


class Bench:
    """One broker, and a workspace for each measurement."""

    def __init__(self, broker: Broker, folder: Path, options: argparse.Namespace) -> None:
        self._broker, self._folder = broker, folder
        self.events, self.keys = options.events, options.keys
        self.rate, self.probes = options.rate, options.alerts
        self.seconds = options.seconds

    def space(self, **settings: object) -> KafkaSpace:
        name = uuid4().hex[:8]
        space = KafkaSpace(self._folder / name, self._broker.address, f"bench-{name}.")
        space.prepare(stream=PARTITIONS, keyed=PARTITIONS, **settings)
        return space

    def filled(self, count: int) -> KafkaSpace:
        space = self.space()
        space.produce((n % PARTITIONS, line) for n, line in enumerate(small_events(count)))
        return space

    # -- what is measured

    def runner(self) -> None:
        """The runner alone against a bare loop, and beside the detector."""
        space = self.filled(self.events)
        configuration, pipeline = space.configuration, build_pipeline(space.configuration)
        bare = bare_loop(space, 0, self.events)
        blind = rebuilt(pipeline.scan_stage, NoDetection)
        without = scan_all(configuration, pipeline, blind, self.events)
        ratio = bare.micros / without.micros
        told("a bare transactional consume-produce loop", bare)
        told(f"the scan without detection: {ratio:.2f} of it (target .60)", without)

        space = self.filled(self.events // 2)
        stage = rebuilt(pipeline.scan_stage, Clocked)
        whole = scan_all(space.configuration, pipeline, stage, self.events // 2)
        detector = stage.cpu / (self.events // 2) * 1e6
        more = whole.micros / detector - 1
        told(f"the scan: {more:.0%} beside the detector's {detector:.0f} us (target 20 %)", whole)

    def workers(self) -> None:
        """Two processes that scan, against one."""
        runs: list[Spent] = []
        events = list(small_events(self.events // 2))
        for workers in (1, 2):
            space = self.space(worker={})
            before = cpu_of(self._broker.pid)
            spent, own = scan_in_workers(space, workers, events)
            broker = cpu_of(self._broker.pid) - before
            runs.append(spent)
            told(f"{workers} worker(s)", spent)
            print(
                f"    cores busy: {spent.cpu / spent.seconds:.2f} in them, "
                f"{broker / spent.seconds:.2f} in the broker, {own / spent.seconds:.2f} in this"
            )
        one, two = runs
        print(
            f"  two workers do {two.rate / one.rate:.2f} times what one does (target 1.7); with a "
            f"free core for each {2 * one.micros / two.micros:.2f} times, by their CPU time"
        )

    def restore(self) -> None:
        """State of many keys from the changelog, and a restart with it."""
        space = self.space()
        settings = space.configuration.settings
        baseline = settings.baseline.model_copy(update={"max_keys": 2 * self.keys})
        changed = settings.model_copy(update={"baseline": baseline})
        configuration = replace(space.configuration, settings=changed)
        pipeline = build_pipeline(configuration)

        def new() -> Baseline:
            return Baseline(baseline, pipeline.scan_stage.names)

        records = _store(space, state_of(new, self.keys, PARTITIONS))
        assert settings.kafka is not None
        clients = Clients(settings.kafka, settings.worker, 0, getLogger("bench"))
        topics, changelogs = space.topics, clients.changelogs()
        shell = BaselineShell(new, lambda: clients.sources(topics), topics, changelogs, Tally())
        began, cpu = perf_counter(), process_time()
        shell.assign({(topics.sums.name, number): Start(0, "") for number in range(PARTITIONS)})
        seconds, cpu = perf_counter() - began, process_time() - cpu
        print(
            f"  {self.keys:,} keys ({records:,} records) restored in {seconds:.1f} s: "
            f"{self.keys / seconds:,.0f} keys/s, {self.keys / cpu:,.0f} a CPU second "
            "(target 30,000)"
        )
        del shell
        space.produce((n % PARTITIONS, line) for n, line in enumerate(small_events(100)))
        taken = Event()
        began = perf_counter()
        with stages(configuration, pipeline, ["baseline", "scan"], [], lambda _: taken.set()):
            taken.wait()
            seconds = perf_counter() - began
        print(f"  restart to the first event with them: {seconds:.1f} s (target 10)")

    def latency(self) -> None:
        """From an event's append to its policy alert's being handed to a sink."""
        space, sink = self.space(), TimedSink()
        configuration = space.configuration
        lines = list(small_events(2_000))
        with stages(configuration, build_pipeline(configuration), STAGED, [sink]):
            first, line = probe(-1)
            space.produce([(0, line)])
            eventually("all stages work", lambda: first in sink.told)
            appended = steady(space, self.rate, self.probes, self.seconds, lines)
            Event().wait(PATIENCE)
        told = sink.told
        delays = sorted(told[name] - moment for name, moment in appended.items() if name in told)
        print(
            f"  {self.rate:,} events/s and {self.probes} new incidents/s for {self.seconds} s: "
            f"{len(delays)} alerts, "
            f"p50 {delays[len(delays) // 2]:.2f} s, p99 {delays[len(delays) * 99 // 100]:.2f} s "
            f"(target 2); not told {PATIENCE:.0f} s after the end: {len(appended) - len(delays)}"
        )


def _store(space: KafkaSpace, baselines: Iterable[Baseline]) -> int:
    """Fills the changelog, as the stage would have; how many records that takes."""
    producer = Producer({"bootstrap.servers": space.address, "linger.ms": 50})
    topic, records = space.topics.baseline_changelog.name, 0
    for number, baseline in enumerate(baselines):
        for key, value in dump_changes(baseline):
            producer.produce(topic, value, key, partition=number)
            records += 1
            if records % 10_000 == 0:
                producer.flush()
    producer.flush()
    return records


def told(what: str, spent: Spent) -> None:
    print(f"  {what}: {spent.micros:.1f} us of CPU an event, {spent.rate:,.0f} events/s")


PARTS = {
    "runner": Bench.runner,
    "workers": Bench.workers,
    "restore": Bench.restore,
    "latency": Bench.latency,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, unless some are named")
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=2_000, help="events a second, for the latency")
    parser.add_argument("--alerts", type=int, default=4, help="new incidents a second among them")
    parser.add_argument("--seconds", type=int, default=20, help="how long it is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_broker(Path(name) / "broker") as broker:
        bench = Bench(broker, Path(name), options)
        for part in options.parts or PARTS:
            print(f"{part}: {(PARTS[part].__doc__ or '').strip()}", flush=True)
            PARTS[part](bench)


if __name__ == "__main__":
    main()
