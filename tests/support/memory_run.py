"""The whole Kafka runner over a broker in memory: what it has found, for comparing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from detectors.anomaly import Baseline
from monitor.clock import ManualClock
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.pipeline import Pipeline
from monitor.runners.kafka.alert import AlertShell
from monitor.runners.kafka.assignment import Place
from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.baseline import BaselineShell
from monitor.runners.kafka.codec import Wire
from monitor.runners.kafka.deadletters import DeadLetterLimit
from monitor.runners.kafka.index import Indexer
from monitor.runners.kafka.scan import ScanShell
from monitor.runners.kafka.sealing import Sealer
from monitor.runners.kafka.tally import Tally
from monitor.settings import Settings
from monitor.state.database import open_database
from tests.support.memory_kafka import MemoryBroker, MemoryGroup
from tests.support.moments import at
from tests.support.outcome import Outcome, outcome

LONGER_THAN_IDLE = 61.0


@dataclass(frozen=True)
class Shape:
    """How one run is spread, and what happens to it."""

    stream: int
    """Partitions of the inputs and the flows."""
    keyed: int
    inputs: int
    """Topics of events."""
    silent: int
    """So many of their partitions never have a record, as long as one has."""
    records: int
    """In one transaction."""
    workers: int
    """Of each stage."""
    dies: float
    """How likely a transaction is to end in the middle."""
    seed: int

    def kafka(self) -> dict[str, Any]:
        """As it is configured; nobody listens at the address."""
        topics = {
            "inputs": [{"topic": f"in-{number}"} for number in range(self.inputs)],
            "partitions": {"stream": self.stream, "keyed": self.keyed},
            "replication": 1,
        }
        return {"bootstrap": "127.0.0.1:1", "topics": topics}


class MemoryRun:
    """Three stages with their workers, and the topics between them."""

    def __init__(self, settings: Settings, pipeline: Pipeline, shape: Shape) -> None:
        self.shape, self._settings, self._pipeline = shape, settings, pipeline
        self._random = Random(shape.seed)
        self._kafka = KafkaSettings.model_validate(shape.kafka())
        self.topics = topics_of(self._kafka.topics)
        self.broker = MemoryBroker(self.topics)
        self._clock = ManualClock(at(0, 0, day=3650))
        workers = range(shape.workers)
        self._groups = [
            MemoryGroup(self.broker, self._random, [new() for _ in workers])
            for new in (self._scan, self._baseline, self._alert)
        ]

    def produce(self, lines: Sequence[bytes], last: Sequence[bytes]) -> None:
        """`lines` at random over the partitions of all inputs, each in their order; then `last`,
        one or more for each of these partitions."""
        places = self._sources()[self.shape.silent :] or self._sources()[-1:]
        random = Random(self.shape.seed)
        for line in lines:
            self.broker.append(random.choice(places), Wire(b"", line))
        for line, place in zip(last, cycle(places), strict=False):
            self.broker.append(place, Wire(b"", line))

    def finish(self, folder: Path) -> Outcome:
        """Everything is read by all stages, in any order, and partitions without any record become
        idle; what the index then holds."""
        self._drain()
        self._clock.advance(LONGER_THAN_IDLE)
        self._groups[0].turn()
        self._drain()
        connection = open_database(folder)
        try:
            self._index(connection)
        finally:
            connection.close()
        return outcome(folder, places=False)

    def _drain(self) -> None:
        left = list(self._groups)
        while left:
            group = self._random.choice(left)
            if self._random.random() < self.shape.dies / 4:
                group.rebalance()
            if not group.step(self.shape.records, self.shape.dies):
                left.remove(group)
                # what comes before may have left more for those that had read everything
                left += [
                    one for one in self._groups[self._groups.index(group) + 1 :] if one not in left
                ]

    def _index(self, connection: Any) -> None:
        """As the stage of that name does it, over all that is in the topics."""
        indexer = Indexer(None, connection, self.topics, self._settings.worker, None)  # type: ignore[arg-type]
        copied: list[Taken] = []
        for (name, _), log in self.broker.logs.items():
            copied += log if name in indexer._copied else []
        indexer._copy(copied)

    def _sources(self) -> list[Place]:
        return [(one.name, n) for one in self.topics.inputs for n in range(one.partitions)]

    # -- the stages, one worker of each

    def _scan(self) -> ScanShell:
        return ScanShell(
            self._pipeline.scan_stage,
            self._kafka.topics.inputs,
            self.topics,
            self._settings.batch.intake(),
            self._settings.worker.max_record_bytes,
            partial(DeadLetterLimit, 1000, 1),
            Sealer(None),
            lambda place: not self.broker.logs[place],
            self._clock,
            Tally(),
        )

    def _baseline(self) -> BaselineShell:
        names = self._pipeline.scan_stage.names
        return BaselineShell(
            lambda: Baseline(self._settings.baseline, names),
            lambda: [f"{name}/{number}" for name, number in self._sources()],
            self.topics,
            self.broker,  # type: ignore[arg-type]
            Tally(),
        )

    def _alert(self) -> AlertShell:
        stage, changelogs = self._pipeline.alert_stage, self.broker
        return AlertShell(stage, self.topics, changelogs, Tally(), self._clock)  # type: ignore[arg-type]
