"""The contract of a stage in this runner, and what it is handed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from monitor.kafka.topics import Topic
from monitor.runners.kafka.assignment import Place, Start
from monitor.runners.kafka.codec import Wire


class Taken(msgspec.Struct, gc=False):
    """One record as it was read from a topic. It may hold personal data: no repr."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    """None for a tombstone."""
    form: str
    """What the header `egresswatch-format` says; empty without one."""

    def __repr__(self) -> str:
        return f"<{self.topic}/{self.partition} at {self.offset}>"


class Out(Protocol):
    """Where a stage writes, inside a transaction."""

    def send(self, topic: Topic, partition: int, record: Wire, **headers: str) -> None: ...


Transact = Callable[[Callable[[Out], None]], None]
"""Does some work in a transaction of its own."""


class Stage(Protocol):
    """A stage with the state of the partitions that this worker has.

    Whatever goes wrong in a transaction, the worker calls `assign` again: state is then what is
    committed. So a stage changes its state as it goes, and never has to undo.
    """

    name: str
    topics: list[str]
    """What it reads."""

    def assign(self, starts: Mapping[Place, Start]) -> None:
        """Takes over exactly these partitions, forgetting all others, and restores their state."""
        ...

    def take(self, records: Sequence[Taken], out: Out) -> None:
        """What some records mean; records of one partition are in order."""
        ...

    def note(self, place: Place) -> str:
        """What to commit beside the partition's offset."""
        ...

    def turn(self, transact: Transact) -> None:
        """Called between batches, for what no record brings about."""
        ...
