"""The deliver stage: messages from the topic of deliveries to the sinks.

The outbox and its deliverer are those of the embedded runner, over a database in memory. What
makes it durable is the topic of delivery states: each change of a delivery is committed there
before it counts here. So a send is announced before it begins, and whoever takes over after a
crash finds the delivery in doubt, as after any other crash.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic

import msgspec

from alerts.delivery import Deliverer, Outbox, RetryPolicy
from alerts.delivery.outbox import Entry
from alerts.sinks import Clock, Message, Sink
from detectors.records import decode
from monitor.kafka.topics import Topics
from monitor.runners.kafka.assignment import Changelogs, Place, Start
from monitor.runners.kafka.base import Out, Taken, Transact
from monitor.runners.kafka.codec import Wire, partition_of
from monitor.runners.kafka.revival import Revival, is_revival

TURN_SECONDS = 10.0
"""How long sending may keep the worker from reading; far below the group's patience."""
KEPT = timedelta(days=30)
"""How long a delivery that has ended is kept."""
FORGET_SECONDS = 3600.0


class Stored(msgspec.Struct, frozen=True):
    """A delivery in the topic of delivery states, with its place in the order of decisions."""

    order: int
    entry: Entry


class DeliverShell:
    """See the module."""

    name = "deliver"

    def __init__(
        self,
        sinks: Sequence[Sink],
        topics: Topics,
        changelogs: Changelogs,
        clock: Clock,
        policy: RetryPolicy,
        fallbacks: Mapping[str, str],
    ) -> None:
        self.topics = [topics.deliveries.name, topics.commands.name]
        self._sinks = sinks
        self._out_topics = topics
        self._changelogs = changelogs
        self._clock = clock
        self._policy = policy
        self._fallbacks = fallbacks
        self._orders: dict[str, int] = {}
        self.undelivered: Mapping[str, Mapping[str, int]] = {}
        """By sink and state; for other threads to see."""
        self._changed = True
        self._forget_at = 0.0
        self._connection = _database()
        self._transact: Transact | None = None
        self._deliverer = self._new_deliverer()

    def assign(self, starts: Mapping[Place, Start]) -> None:
        self._deliverer.close()
        self._connection.close()
        self._connection = _database()
        stored: dict[str, Stored] = {}
        for found in self._changelogs.restore(
            self._out_topics.delivery_state, sorted({partition for _, partition in starts})
        ):
            stored.pop(found.key, None)
            if found.value is not None:
                stored[found.key] = msgspec.json.decode(found.value, type=Stored)
        self._orders = {key: one.order for key, one in stored.items()}
        in_order = sorted(stored.values(), key=lambda one: one.order)
        Outbox(self._connection).put(one.entry for one in in_order)
        self._deliverer = self._new_deliverer()
        self._changed = True

    def take(self, records: Sequence[Taken], out: Out) -> None:
        """Into the outbox, and into the topic of states; the sinks come in `turn`."""
        outbox = Outbox(self._connection)
        for record in records:
            if record.topic == self._out_topics.deliveries.name:
                self._add(outbox, record, out)
            elif is_revival(record.key):
                for key in outbox.revive(decode(Revival, record.value or b"").sink):
                    self._store(outbox, key, out)

    def _add(self, outbox: Outbox, record: Taken, out: Out) -> None:
        message = msgspec.json.decode(record.value or b"", type=Message)
        for key in outbox.tell(message, [sink.name for sink in self._sinks]):
            self._orders[key] = record.offset
            self._store(outbox, key, out)

    def turn(self, transact: Transact) -> None:
        until = monotonic() + TURN_SECONDS
        self._transact = transact
        self._deliverer.deliver_due(go_on=lambda: monotonic() < until)
        if monotonic() >= self._forget_at:
            self._forget(transact)
        if self._changed:
            self.undelivered = Outbox(self._connection).undelivered()
            self._changed = False

    def _forget(self, transact: Transact) -> None:
        """What has ended long ago leaves the topic of states, and so every copy of it."""
        outbox = Outbox(self._connection)
        keys = outbox.ended(self._clock.now() - KEPT)
        if keys:
            transact(lambda out: self._bury(outbox, keys, out))
        for key in keys:
            outbox.drop(key)
            self._orders.pop(key, None)
        self._forget_at = monotonic() + FORGET_SECONDS

    def _bury(self, outbox: Outbox, keys: Sequence[str], out: Out) -> None:
        for key in keys:
            if entry := outbox.entry(key):
                self._send(entry, None, out)

    def note(self, place: Place) -> str:
        del place
        return ""

    def _new_deliverer(self) -> Deliverer:
        return Deliverer(
            lambda: self._connection,
            self._sinks,
            self._clock,
            self._policy,
            journal=self._journal,
            fallbacks=self._fallbacks,
        )

    def _journal(self, outbox: Outbox, key: str) -> None:
        if self._transact is not None:
            self._transact(lambda out: self._store(outbox, key, out))

    def _store(self, outbox: Outbox, key: str, out: Out) -> None:
        entry = outbox.entry(key)
        if entry is None:
            return
        self._changed = True
        self._send(entry, msgspec.json.encode(Stored(self._orders.get(key, 0), entry)), out)

    def _send(self, entry: Entry, value: bytes | None, out: Out) -> None:
        alert = msgspec.json.decode(entry.payload, type=Message).alert
        topic = self._out_topics.delivery_state
        home = partition_of(alert.subprocessor, topic.partitions)
        out.send(topic, home, Wire(entry.key.encode(), value))


def _database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    Outbox(connection).create()
    return connection
