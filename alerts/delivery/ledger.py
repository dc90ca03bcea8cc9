"""The delivery ledger: what was sent where, when, and how often it was tried."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

import msgspec

from alerts.delivery.outbox import State, moment_of
from alerts.sinks.base import Why


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message for one sink. `key` is the idempotency key the receiver saw; `created` when the
    message was decided; `last_attempt` when it ended, for a delivery that has."""

    key: str
    message: str
    sink: str
    alert: str
    why: Why
    state: State
    in_doubt: bool
    attempts: int
    created: datetime
    first_attempt: datetime | None
    last_attempt: datetime | None
    next_attempt: datetime | None
    last_error: str


def ledger(
    connection: sqlite3.Connection,
    *,
    sink: str | None = None,
    alert: str | None = None,
    state: State | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """Deliveries, the newest first; of this sink, of alerts whose id starts so, in this state."""
    rows = connection.execute(
        "SELECT key, message, sink, alert, why, state, in_doubt, attempts, created,"
        " first_attempt, last_attempt, next_attempt, last_error FROM outbox"
        " WHERE (?1 IS NULL OR sink = ?1) AND (?2 IS NULL OR substr(alert, 1, length(?2)) = ?2)"
        " AND (?3 IS NULL OR state = ?3) ORDER BY seq DESC LIMIT ?4",
        (sink, alert, state, limit),
    )
    return list(_deliveries(rows))


def _deliveries(rows: sqlite3.Cursor) -> Iterator[Delivery]:
    for row in rows:
        key, message, to, alert, why, state, in_doubt, attempts, created, *moments, error = row
        first, last, following = (moment_of(text) for text in moments)
        yield Delivery(
            key=key,
            message=message,
            sink=to,
            alert=alert,
            why=why,
            state=state,
            in_doubt=bool(in_doubt),
            attempts=attempts,
            created=datetime.fromisoformat(created),
            first_attempt=first,
            last_attempt=last,
            next_attempt=following if state == "pending" else None,
            last_error=error,
        )
