"""The outbox: what is to be told to whom, in the same database as the state that decided it.

A delivery is one message for one sink. It is `pending` until it is due, `sending` while it is under
way (committed before the sink is called, so that a crash leaves it visibly in doubt), and ends
`delivered` or `dead`. Deliveries of one alert to one sink go in the order they were added: only
the oldest open one, the head, can be due.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from alerts.messages import Receiver
from alerts.sinks.base import Message, Why
from alerts.sinks.payload import slim
from detectors.ids import stable_id

State = Literal["pending", "sending", "delivered", "dead"]
STATES: tuple[State, ...] = get_args(State)

AFTERWARDS: frozenset[Why] = frozenset({"acknowledged", "resolved"})
"""Messages that mean something only to those who know of the incident."""

_NO_SUCH_SINK = "no sink of this name is configured; configure it and revive its deliveries"

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS outbox (
        seq           INTEGER PRIMARY KEY AUTOINCREMENT,
        key           TEXT NOT NULL UNIQUE,
        message       TEXT NOT NULL,
        sink          TEXT NOT NULL,
        alert         TEXT NOT NULL,
        why           TEXT NOT NULL,
        payload       BLOB NOT NULL,
        created       TEXT NOT NULL,
        state         TEXT NOT NULL DEFAULT 'pending',
        in_doubt      INTEGER NOT NULL DEFAULT 0,
        attempts      INTEGER NOT NULL DEFAULT 0,
        first_attempt TEXT,
        last_attempt  TEXT,
        next_attempt  TEXT NOT NULL DEFAULT '',
        last_error    TEXT NOT NULL DEFAULT ''
    )
    """,
    # Open deliveries are few; the many that ended stay out of these two.
    """
    CREATE INDEX IF NOT EXISTS outbox_due ON outbox (sink, next_attempt, seq)
    WHERE state = 'pending'
    """,
    """
    CREATE INDEX IF NOT EXISTS outbox_open ON outbox (sink, alert, seq)
    WHERE state IN ('pending', 'sending')
    """,
    "CREATE INDEX IF NOT EXISTS outbox_told ON outbox (alert, sink, seq)",
)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that can be tried. `attempts` and `first_attempt` include the coming attempt once
    it is claimed. `in_doubt`: an earlier attempt may have arrived."""

    key: str
    payload: bytes
    in_doubt: bool
    attempts: int
    first_attempt: datetime | None


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A delivery as the table has it, to be kept and restored elsewhere; times are its texts."""

    key: str
    message: str
    sink: str
    alert: str
    why: str
    payload: bytes
    created: str
    state: State = "pending"
    in_doubt: int = 0
    attempts: int = 0
    first_attempt: str | None = None
    last_attempt: str | None = None
    next_attempt: str = ""
    last_error: str = ""


_ENTRY = ", ".join(Entry.__struct_fields__)


class Outbox:
    """The table and its statements. It never begins or ends a transaction: that is the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def create(self) -> None:
        """Creates the table where it is missing."""
        for statement in SCHEMA:
            self._execute(statement)

    def add(self, messages: Iterable[Message], sinks: Sequence[str]) -> int:
        """Queues each message for each sink; what is queued already stays as it is. How many are
        new."""
        added = 0
        for message in messages:
            payload = msgspec.json.encode(slim(message))
            for sink in sinks:
                added += self._execute(
                    "INSERT INTO outbox (key, message, sink, alert, why, payload, created)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                    (
                        delivery_key(message.id, sink),
                        message.id,
                        sink,
                        message.alert.id,
                        message.why,
                        payload,
                        text_of(message.decided),
                    ),
                ).rowcount
        return added

    def tell(self, message: Message, sinks: Sequence[str]) -> list[str]:
        """Queues a message for its receivers (`sinks`, where no routes were asked); what they
        learnt of an incident's beginning they learn of its end, whatever routes say by now. The
        keys of what is new."""
        if message.why in AFTERWARDS:
            receivers = [Receiver(sink=sink) for sink in self.told(message.alert.id)]
        elif isinstance(message.receivers, UnsetType):
            receivers = [Receiver(sink=sink) for sink in sinks]
        else:
            receivers = message.receivers
        new: list[str] = []
        for one in receivers:
            own = msgspec.structs.replace(message, receivers=UNSET, route=one.route)
            if self.add([own], [one.sink]):
                new.append(delivery_key(message.id, one.sink))
                if one.sink not in sinks:
                    self.bury(new[-1], _NO_SUCH_SINK, in_doubt=False)
        return new

    def told(self, alert: str) -> list[str]:
        """The sinks that know of an alert, or may, and not of its end."""
        rows = self._execute(
            "SELECT sink FROM outbox AS this WHERE alert = ? AND why <> 'resolved'"
            " AND (state <> 'dead' OR in_doubt) AND NOT EXISTS ("
            "  SELECT 1 FROM outbox AS later WHERE later.alert = this.alert"
            "  AND later.sink = this.sink AND later.why = 'resolved' AND later.seq > this.seq)"
            " GROUP BY sink ORDER BY min(seq)",
            (alert,),
        )
        return [sink for (sink,) in rows]

    def entry(self, key: str) -> Entry | None:
        """The delivery with this key, whole."""
        row = self._execute(
            f"SELECT {_ENTRY} FROM outbox WHERE key = ?",  # noqa: S608 - our names
            (key,),
        ).fetchone()
        return Entry(**dict(zip(Entry.__struct_fields__, row, strict=True))) if row else None

    def put(self, entries: Iterable[Entry]) -> None:
        """Deliveries as they were elsewhere; one that is here takes the newer state, and keeps its
        place."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in Entry.__struct_fields__[1:])
        marks = ", ".join("?" * len(Entry.__struct_fields__))
        for entry in entries:
            self._execute(
                f"INSERT INTO outbox ({_ENTRY}) VALUES ({marks})"  # noqa: S608 - our names
                f" ON CONFLICT (key) DO UPDATE SET {changes}",
                msgspec.structs.astuple(entry),
            )

    def recover(self, sinks: Sequence[str]) -> None:
        """After a start: what was under way is in doubt and due, and what no configured sink can
        take is dead, with the reason."""
        self._execute(
            "UPDATE outbox SET state = 'pending', in_doubt = 1, next_attempt = ''"
            " WHERE state = 'sending'"
        )
        self._execute(
            "UPDATE outbox SET state = 'dead', last_error = ?"
            " WHERE state IN ('pending', 'sending')"
            " AND sink NOT IN (SELECT value FROM json_each(?))",
            (_NO_SUCH_SINK, msgspec.json.encode(list(sinks)).decode()),
        )

    def due(self, sink: str, now: datetime) -> Due | None:
        """The delivery of this sink to try first: those that have failed come last."""
        row = self._execute(
            "SELECT key, payload, in_doubt, attempts, first_attempt FROM outbox AS this"
            " WHERE sink = ? AND state = 'pending' AND next_attempt <= ? AND NOT EXISTS ("
            "  SELECT 1 FROM outbox AS earlier WHERE earlier.state IN ('pending', 'sending')"
            "  AND earlier.sink = this.sink AND earlier.alert = this.alert"
            "  AND earlier.seq < this.seq)"
            " ORDER BY next_attempt, seq LIMIT 1",
            (sink, text_of(now)),
        ).fetchone()
        if row is None:
            return None
        key, payload, in_doubt, attempts, first = row
        return Due(
            key=key,
            payload=payload,
            in_doubt=bool(in_doubt),
            attempts=attempts,
            first_attempt=moment_of(first),
        )

    def next_due(self, sink: str) -> datetime | None:
        """When this sink has something to do; the earliest moment for at once, None for never."""
        (moment,) = self._execute(
            "SELECT min(next_attempt) FROM outbox AS this"
            " WHERE sink = ? AND state = 'pending' AND NOT EXISTS ("
            "  SELECT 1 FROM outbox AS earlier WHERE earlier.state IN ('pending', 'sending')"
            "  AND earlier.sink = this.sink AND earlier.alert = this.alert"
            "  AND earlier.seq < this.seq)",
            (sink,),
        ).fetchone()
        return datetime.min.replace(tzinfo=UTC) if moment == "" else moment_of(moment)

    def claim(self, delivery: Due, now: datetime) -> Due:
        """Marks the attempt that begins; commit it before the sink is called."""
        self._execute(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, last_attempt = ?,"
            " first_attempt = coalesce(first_attempt, ?) WHERE key = ?",
            (text_of(now), text_of(now), delivery.key),
        )
        return msgspec.structs.replace(
            delivery,
            attempts=delivery.attempts + 1,
            first_attempt=delivery.first_attempt or now,
        )

    def settle(self, key: str) -> None:
        """The message has arrived."""
        self._execute(
            "UPDATE outbox SET state = 'delivered', last_error = '', in_doubt = 0 WHERE key = ?",
            (key,),
        )

    def bury(self, key: str, error: str, *, in_doubt: bool) -> None:
        """The delivery is given up. Its doubt stays, for the day it is revived."""
        self._execute(
            "UPDATE outbox SET state = 'dead', last_error = ?, in_doubt = ? WHERE key = ?",
            (error, in_doubt, key),
        )

    def postpone(self, key: str, until: datetime, error: str, *, in_doubt: bool) -> None:
        """The attempt failed, and another one follows."""
        self._execute(
            "UPDATE outbox SET state = 'pending', next_attempt = ?, last_error = ?, in_doubt = ?"
            " WHERE key = ?",
            (text_of(until), error, in_doubt, key),
        )

    def revive(self, sink: str) -> list[str]:
        """Dead deliveries of a sink become pending again, as if never tried. Their keys."""
        found = self._execute(
            "UPDATE outbox SET state = 'pending', attempts = 0, first_attempt = NULL,"
            " next_attempt = '' WHERE state = 'dead' AND sink = ? RETURNING key",
            (sink,),
        )
        return [key for (key,) in found]

    def ended(self, before: datetime) -> list[str]:
        """The keys of what ended with an attempt before this moment; but for the last word to a
        sink of an incident whose end it does not know."""
        found = self._execute(
            "SELECT key FROM outbox AS this WHERE state IN ('delivered', 'dead')"
            " AND last_attempt < ? AND (why = 'resolved' OR EXISTS ("
            "  SELECT 1 FROM outbox AS later WHERE later.alert = this.alert"
            "  AND later.sink = this.sink AND later.seq > this.seq))",
            (text_of(before),),
        )
        return [key for (key,) in found]

    def drop(self, key: str) -> None:
        """Deletes a delivery, if it is there."""
        self._execute("DELETE FROM outbox WHERE key = ?", (key,))

    def forget(self, before: datetime) -> int:
        """Deletes what `ended` before this moment, to bound the table. How many."""
        ended = self.ended(before)
        for key in ended:
            self.drop(key)
        return len(ended)

    def counts(self) -> dict[str, dict[State, int]]:
        """How many deliveries each sink has in each state; every state is there."""
        found: dict[str, dict[State, int]] = {}
        for sink, state, count in self._execute(
            "SELECT sink, state, count(*) FROM outbox GROUP BY sink, state ORDER BY sink"
        ):
            found.setdefault(sink, dict.fromkeys(STATES, 0))[state] = count
        return found

    def undelivered(self) -> dict[str, dict[str, int]]:
        """`counts` without what has arrived."""
        return {
            sink: {state: count for state, count in states.items() if state != "delivered"}
            for sink, states in self.counts().items()
        }


def delivery_key(message_id: str, sink: str) -> str:
    """The idempotency key of one message for one sink, the same for every attempt."""
    return stable_id(message_id, sink)


def text_of(moment: datetime) -> str:
    """A moment as text that sorts as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str | None) -> datetime | None:
    """The moment in a column; None for an empty one."""
    return datetime.fromisoformat(text) if text else None
