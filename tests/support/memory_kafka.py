"""Kafka's part of the Kafka runner, in memory: partitions, transactions and committed offsets.

The stages' own shells run over it with any number of workers, any interleaving, aborted
transactions and partitions that move: in a second what a broker takes minutes for. Whether a real
broker behaves like this one is what tests/integration/kafka is for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from monitor.kafka.topics import Topic
from monitor.runners.kafka.assignment import Entry, Place, Start
from monitor.runners.kafka.base import Out, Stage, Taken
from monitor.runners.kafka.codec import Wire


class Aborted(Exception):  # noqa: N818 - a way to go on
    """The transaction ends here, with nothing in it."""


@dataclass(slots=True)
class MemoryBroker:
    """Committed records by partition, and committed offsets by group."""

    topics: Iterable[Topic]
    logs: dict[Place, list[Taken]] = field(default_factory=dict[Place, list[Taken]])
    offsets: dict[tuple[str, Place], Start] = field(default_factory=dict[tuple[str, Place], Start])

    def __post_init__(self) -> None:
        for topic in self.topics:
            for number in range(topic.partitions):
                self.logs[topic.name, number] = []

    def append(self, place: Place, record: Wire, *, gap: int = 0) -> None:
        """Adds a record; offsets have gaps, as the marks of transactions leave them."""
        log = self.logs[place]
        offset = (log[-1].offset + 1 if log else 0) + gap
        log.append(Taken(*place, offset, record.key, record.value, ""))

    def after(self, place: Place, offset: int, most: int) -> list[Taken]:
        """The next records of a partition from an offset on."""
        found: list[Taken] = []
        for record in reversed(self.logs[place]):
            if record.offset < offset:
                break
            found.append(record)
        return found[::-1][:most]

    def restore(self, topic: Topic, partitions: Iterable[int]) -> Iterator[Entry]:
        """A changelog's records, as `Changelogs.restore` gives them."""
        for number in partitions:
            for one in self.logs[topic.name, number]:
                yield Entry(number, one.offset, one.key.decode(), one.value)

    def start(self, group: str, place: Place) -> Start:
        return self.offsets.get((group, place), Start(0, ""))


class MemoryTransaction:
    """What a stage has written since the transaction began; it dies at its `dies_at`-th record."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.written: list[tuple[Place, Wire]] = []
        self._dies_at = dies_at

    def send(self, topic: Topic, partition: int, record: Wire, **headers: str) -> None:
        del headers
        if len(self.written) == self._dies_at:
            raise Aborted
        self.written.append(((topic.name, partition), record))


class MemoryGroup:
    """All workers of one stage: who has which partitions, and how far they are."""

    def __init__(self, broker: MemoryBroker, random: Random, stages: Sequence[Stage]) -> None:
        """`stages`: one for each worker."""
        self._broker = broker
        self._random = random
        self._stages = stages
        self._held: list[dict[Place, int]] = [{} for _ in stages]
        self.rebalance()

    def rebalance(self) -> None:
        """Partitions of one number go to one worker, and which one that is changes."""
        names, first = self._stages[0].topics, self._random.randrange(len(self._stages))
        places = [place for place in self._broker.logs if place[0] in names]
        shares: list[list[Place]] = [[] for _ in self._stages]
        for place in places:
            shares[(first + place[1]) % len(shares)].append(place)
        for worker, share in enumerate(shares):
            self._take_over(worker, share)

    def step(self, records: int, dies: float) -> bool:
        """One batch of one worker, which dies within it with a probability of `dies`. False where
        the group has read everything."""
        behind = [worker for worker in range(len(self._stages)) if self._next(worker, 1)]
        if not behind:
            return False
        worker = self._random.choice(behind)
        batch = self._next(worker, records)
        dies_at = self._random.randrange(40) if self._random.random() < dies else None
        stage = self._stages[worker]
        reached = {(one.topic, one.partition): one.offset + 1 for one in batch}
        self._transact(worker, lambda out: stage.take(batch, out), reached, dies_at)
        return True

    def turn(self) -> None:
        """What no record brings about."""
        for worker, stage in enumerate(self._stages):
            stage.turn(lambda work, worker=worker: self._transact(worker, work, {}, None))

    def _next(self, worker: int, records: int) -> list[Taken]:
        """Records of one partition are in order; which partition comes next is chance."""
        batch: list[Taken] = []
        held = list(self._held[worker].items())
        self._random.shuffle(held)
        for place, offset in held:
            most = self._random.randint(1, records) if batch else records
            batch += self._broker.after(place, offset, min(most, records - len(batch)))
        return batch

    def _transact(
        self,
        worker: int,
        work: Callable[[Out], None],
        reached: Mapping[Place, int],
        dies_at: int | None,
    ) -> None:
        transaction = MemoryTransaction(dies_at)
        try:
            work(transaction)
            if dies_at is not None:
                raise Aborted  # noqa: TRY301 - after its last record
        except Aborted:
            self._take_over(worker, list(self._held[worker]))
            return
        gap = self._random.randint(0, 1)
        for place, record in transaction.written:
            self._broker.append(place, record, gap=gap)
        self._held[worker].update(reached)
        for place in reached:
            start = Start(reached[place], self._stages[worker].note(place))
            self._broker.offsets[self._stages[worker].name, place] = start

    def _take_over(self, worker: int, share: Sequence[Place]) -> None:
        starts = {place: self._broker.start(self._stages[worker].name, place) for place in share}
        self._stages[worker].assign(starts)
        self._held[worker] = {place: start.offset for place, start in starts.items()}
