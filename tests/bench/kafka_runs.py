"""What tests/bench/kafka.py runs: events in a topic, stages over them, a bare loop beside them."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from logging import getLogger
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time, thread_time
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from alerts.sinks import Message, Sink
from detectors.anomaly import Baseline
from detectors.distinct import sketch
from detectors.records import Flow, PartialSum
from monitor.clock import SystemClock
from monitor.configuration import Configuration
from monitor.pipeline import Pipeline
from monitor.runners.kafka.clients import Clients
from monitor.runners.kafka.runner import KafkaRunner
from monitor.settings import Stage
from monitor.stages.scan import Incoming, Scanned, ScanStage
from monitor.telemetry import Telemetry, TelemetrySettings
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.moments import MONDAY, at

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """What a run took, after its first transaction: `cpu` is this process's, all threads."""

    events: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def micros(self) -> float:
        """CPU microseconds an event."""
        return self.cpu / self.events * 1e6


class Meter:
    """Counts from the first records that were committed on: joining a group is not throughput."""

    def __init__(self, expected: int) -> None:
        self._expected, self._seen, self._first = expected, 0, 0
        self._began = (0.0, 0.0)
        self.done = Event()
        self.spent: Spent | None = None

    def committed(self, records: int) -> None:
        self._seen += records
        if not self._first:
            self._first, self._began = self._seen, (perf_counter(), process_time())
        elif self._seen >= self._expected:
            wall, cpu = self._began
            self.spent = Spent(
                self._seen - self._first, perf_counter() - wall, process_time() - cpu
            )
            self.done.set()


def cpu_of(pid: int) -> float:
    """CPU seconds of another process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


# -- the bare loop


def bare_loop(space: KafkaSpace, slot: int, expected: int) -> Spent:
    """Consumes and produces what was consumed, with its offsets in one transaction: nothing else.
    Clients and size of transactions are those of the scan."""
    settings = space.configuration.settings
    assert settings.kafka is not None
    clients = Clients(settings.kafka, settings.worker, slot, getLogger("bench"))
    consumer, producer = clients.member("bare"), clients.producer("bare")
    producer.init_transactions(30)
    consumer.subscribe([space.egress], on_assign=_from_the_start)
    meter, topic = Meter(expected), space.topics.flows.name
    while meter.spent is None:
        if batch := _bare_batch(consumer, settings.worker.records):
            _bare_transaction(consumer, producer, topic, batch)
            meter.committed(len(batch))
    consumer.close()
    return meter.spent


def _from_the_start(consumer: Consumer, partitions: list[TopicPartition]) -> None:
    consumer.assign([TopicPartition(one.topic, one.partition, 0) for one in partitions])


def _bare_batch(consumer: Consumer, most: int) -> list[Any]:
    batch: list[Any] = []
    wait = 0.1
    while len(batch) < most:
        messages = consumer.consume(min(500, most - len(batch)), wait)
        if not messages:
            break
        batch += [one for one in messages if one.error() is None]
        wait = 0.0
    return batch


def _bare_transaction(consumer: Consumer, producer: Producer, topic: str, batch: list[Any]) -> None:
    producer.begin_transaction()
    reached: dict[int, int] = {}
    for one in batch:
        while True:
            try:
                producer.produce(topic, one.value(), one.key(), partition=one.partition())
                break
            except BufferError:
                producer.poll(0.05)
        reached[one.partition()] = one.offset() + 1
    offsets = [TopicPartition(batch[0].topic(), n, offset) for n, offset in reached.items()]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
    producer.commit_transaction(30)


# -- stages


class NoDetection(ScanStage):
    """A flow for each event and nothing else: what is left is the runner."""

    def __call__(self, batch: Iterable[Incoming]) -> Scanned:
        flows = [
            Flow(
                timestamp=one.event.timestamp,
                id=one.id,
                channel="egress",
                service=one.event.service.name,
                subprocessor="stripe",
                late=one.late,
            )
            for one in batch
        ]
        return Scanned(flows, [], [], [])


class Clocked(ScanStage):
    """The stage as it is, with the CPU seconds of its own thread."""

    cpu = 0.0

    def __call__(self, batch: Iterable[Incoming]) -> Scanned:
        began = thread_time()
        try:
            return super().__call__(batch)
        finally:
            self.cpu += thread_time() - began


def rebuilt(stage: ScanStage, kind: type[ScanStage]) -> Any:
    """A stage of another kind with the parts of this one."""
    return kind(
        stage.scanner, stage.tuning, stage.registry, stage.policy, stage.pseudonymiser, stage.budget
    )


@contextmanager
def stages(
    configuration: Configuration,
    pipeline: Pipeline,
    names: list[Stage],
    sinks: list[Sink],
    committed: Callable[[int], None] = lambda records: None,
) -> Iterator[None]:
    """Some stages in threads of this process; `committed` is told what the first of them does."""
    settings = configuration.settings.model_copy(update={"stages": names})
    assert settings.kafka is not None
    telemetry = Telemetry.of(TelemetrySettings())
    runner = KafkaRunner(settings, settings.kafka, pipeline, sinks, SystemClock(), telemetry)
    watch = runner._watches[names[0]]
    original = watch.committed

    def told(records: int) -> None:
        original(records)
        committed(records)

    watch.committed = told  # type: ignore[method-assign]
    stop, errors = Event(), list[Exception]()

    def run() -> None:
        try:
            runner.run(stop)
        except Exception as error:
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


def scan_all(
    configuration: Configuration, pipeline: Pipeline, stage: ScanStage, expected: int
) -> Spent:
    """The scan over all events of a topic, with this stage in it."""
    meter = Meter(expected)
    with stages(configuration, replace(pipeline, scan_stage=stage), ["scan"], [], meter.committed):
        meter.done.wait()
    assert meter.spent is not None
    return meter.spent


# -- workers in processes of their own


def scan_in_workers(space: KafkaSpace, workers: int, events: list[bytes]) -> tuple[Spent, float]:
    """Some processes that scan events from when these are written on. `cpu` is that of all workers,
    and of this process beside it: it writes the events and looks at the offsets."""
    processes = [space.start_worker(slot, "scan") for slot in range(workers)]
    try:
        admin = AdminClient({"bootstrap.servers": space.address, "log_level": 0})
        group = space.prefix + "scan"
        eventually("all workers have partitions", lambda: _members(admin, group) == workers)
        before, own = sum(cpu_of(one.pid) for one in processes), process_time()
        began = perf_counter()
        space.produce((number % 2, line) for number, line in enumerate(events))
        while space.committed("scan", space.egress) < len(events):
            Event().wait(0.05)
        seconds = perf_counter() - began
        cpu = sum(cpu_of(one.pid) for one in processes) - before
        return Spent(len(events), seconds, cpu), process_time() - own
    finally:
        for one in processes:
            one.terminate()
            one.wait()


def _members(admin: AdminClient, name: str) -> int:
    """How many workers of a group have a partition; those that do not might be on their way."""
    try:
        group = admin.describe_consumer_groups([name])[name].result()
    except KafkaException:
        return 0
    return sum(bool(one.assignment.topic_partitions) for one in group.members)


# -- state, and a steady stream


def state_of(new: Callable[[], Baseline], keys: int, partitions: int) -> Iterator[Baseline]:
    """For each partition a baseline with its share of the keys, each with an hour learnt and one
    under way."""
    for number in range(partitions):
        baseline = new()
        for hour in (9, 10):
            sums = [_sum(at(hour, 5), key) for key in range(number, keys, partitions)]
            baseline.take(sums, at(hour, 10))
        yield baseline


def _sum(window: datetime, key: int) -> PartialSum:
    return PartialSum(
        window=window,
        channel="egress",
        subprocessor=f"vendor-{key % 50}",
        registered=True,
        service=f"service-{key}",
        category="user.contact.email",
        events=7,
        size=7_000,
        values=9,
        subjects=sketch(range(key, key + 9)),
        destinations=("api.vendor.example.com",),
        fields=("body>json:$.email", "body>json:$.customer.email"),
    )


class TimedSink:
    """Notes when it was told of each sub-processor first."""

    name, interval = "alerts", 0.0  # what the workspace calls its sink

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def send(self, message: Message) -> None:
        self.told.setdefault(message.alert.subprocessor, perf_counter())

    def arrived(self, message: Message) -> bool | None:
        del message
        return None

    def preview(self, message: Message) -> str:
        return message.id

    def check(self) -> str:
        return ""

    def close(self) -> None: ...


def steady(
    space: KafkaSpace, rate: int, probes: int, seconds: int, lines: list[bytes]
) -> dict[str, float]:
    """Writes events at a steady rate, so many of them a second probes; when each of these was
    handed to the client."""
    producer = Producer({"bootstrap.servers": space.address, "linger.ms": 5})
    appended: dict[str, float] = {}
    began = perf_counter()
    for number in range(rate * seconds):
        line = lines[number % len(lines)]
        if number % (rate // probes) == 0:
            host, line = probe(number)
            appended[host] = perf_counter()
        producer.produce(space.egress, line, partition=number % 2)
        ahead = began + number / rate - perf_counter()
        if ahead > 0.01:
            producer.poll(0)
            Event().wait(ahead)
    producer.flush()
    return appended


def probe(number: int) -> tuple[str, bytes]:
    """An event of which nobody has been told, and the sub-processor that its alert will name."""
    host = f"probe{number}.example"
    return host, event(MONDAY, host=f"api.{host}", body={"contact": person(number)})
