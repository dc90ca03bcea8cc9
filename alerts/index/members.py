"""Was this person's value sent, to whom, since when: answered from sets of keyed fingerprints.

Sets grow by parts, one a batch, and are united when there are many. Every question is written to
the audit before it is answered.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import NamedTuple, Protocol

from alerts.index.queue import CopyQueue
from detectors.membership import SetName, ask, set_of, united
from detectors.pseudonym import Pseudonymiser
from detectors.records import Members

MAX_PARTS = 32
"""Parts of one set before they are united: each union rewrites the set once for so many batches."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS member_sets (subprocessor TEXT NOT NULL, category TEXT NOT NULL, "
    "day TEXT NOT NULL, key_id TEXT NOT NULL, part INTEGER NOT NULL, prints BLOB NOT NULL, "
    "PRIMARY KEY (subprocessor, category, day, key_id, part)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS subject_audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "at TEXT NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL, subject TEXT NOT NULL, "
    "since TEXT NOT NULL, until TEXT NOT NULL) STRICT",
)

SUBJECT = "egresswatch.audit.subject"
"""The category under which the audit's pseudonyms are made: they match no other of the value."""


class Sent(NamedTuple):
    """A sub-processor got the value in a category: on how many days, the first and the last."""

    subprocessor: str
    category: str
    days: int
    first: date
    last: date
    false_positive: float
    """The probability that a value that was never sent is taken for sent on some of the days."""


class Gap(NamedTuple):
    """Days that cannot be answered: the key that was in force then is not at hand."""

    key_id: str
    first: date
    last: date


class Lookup(NamedTuple):
    """The answer. `sets` were asked, of the days from `first` to `last`. `false_positive`: the
    probability that a value that was never sent to anybody is taken for sent somewhere, over all
    of them."""

    sent: list[Sent]
    sets: int
    first: date | None
    last: date | None
    false_positive: float
    gaps: list[Gap]


class Asked(NamedTuple):
    """One line of the audit. `subject` is a pseudonym: the same for one value under one key."""

    at: str
    who: str
    reason: str
    subject: str
    since: str
    until: str


class MemberStore(Protocol):
    """Whom people's values were sent to, and who has asked. Whoever asks audits it first."""

    def audit(self, entry: Asked) -> None:
        """Writes down who asks what, and why."""
        ...

    def audited(self) -> list[Asked]:
        """All questions, the oldest first."""
        ...

    def lookup(
        self,
        value: str,
        keys: Mapping[str, Pseudonymiser],
        since: date | None = None,
        until: date | None = None,
    ) -> Lookup:
        """Where the value was sent on the days from `since` to before `until`, under any key."""
        ...

    def period(self) -> tuple[date, date] | None:
        """The first and the last day that there are sets of."""
        ...


class MemberSets:
    """The sets of one database: a `MemberStore`. Writes belong to the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, queue: CopyQueue | None = None) -> None:
        """`queue`: what is added waits there for another index as well."""
        self._connection = connection
        self._queue = queue

    def create(self) -> None:
        """Makes the tables where there are none."""
        for statement in SCHEMA:
            self._connection.execute(statement)

    def add(self, members: Iterable[Members]) -> None:
        """Each as a part of its set."""
        added = list(members)
        if self._queue:
            self._queue.add("members", added)
        for one in added:
            name = set_of(one)
            parts = self._parts(name)
            if len(parts) + 1 < MAX_PARTS:
                self._insert(name, len(parts), one.prints)
            else:
                self._connection.execute(
                    "DELETE FROM member_sets WHERE (subprocessor, category, day, key_id) "
                    "= (?, ?, ?, ?)",
                    name,
                )
                self._insert(name, 0, united([*parts, one.prints]))

    def audit(self, entry: Asked) -> None:
        """Writes down who asks what, and why."""
        self._connection.execute(
            "INSERT INTO subject_audit (at, who, reason, subject, since, until) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            entry,
        )

    def audited(self) -> list[Asked]:
        """All questions, the oldest first."""
        found = self._connection.execute(
            "SELECT at, who, reason, subject, since, until FROM subject_audit ORDER BY seq"
        )
        return [Asked(*row) for row in found]

    def lookup(
        self,
        value: str,
        keys: Mapping[str, Pseudonymiser],
        since: date | None = None,
        until: date | None = None,
    ) -> Lookup:
        """See `MemberStore.lookup`."""
        names = self._names(since, until)
        return looked_up(value, keys, ((name, partial(self._parts, name)) for name in names))

    def period(self) -> tuple[date, date] | None:
        """See `MemberStore.period`."""
        first, last = self._connection.execute(
            "SELECT MIN(day), MAX(day) FROM member_sets"
        ).fetchone()
        return (_day(first), _day(last)) if first else None

    def delete_before(self, day: date) -> int:
        """Deletes the sets of older days; returns how many parts there were."""
        return self._connection.execute(
            "DELETE FROM member_sets WHERE day < ?", (day.isoformat(),)
        ).rowcount

    def _names(self, since: date | None, until: date | None) -> list[SetName]:
        found = self._connection.execute(
            "SELECT DISTINCT subprocessor, category, day, key_id FROM member_sets "
            "WHERE day >= ? AND day < ?",
            (since.isoformat() if since else "", until.isoformat() if until else "9999-99"),
        )
        return [SetName(*row) for row in found]

    def _parts(self, name: SetName) -> list[bytes]:
        found = self._connection.execute(
            "SELECT prints FROM member_sets WHERE (subprocessor, category, day, key_id) "
            "= (?, ?, ?, ?) ORDER BY part",
            name,
        )
        return [prints for (prints,) in found]

    def _insert(self, name: SetName, part: int, prints: bytes) -> None:
        self._connection.execute(
            "INSERT INTO member_sets VALUES (?, ?, ?, ?, ?, ?)", (*name, part, prints)
        )


def looked_up(
    value: str,
    keys: Mapping[str, Pseudonymiser],
    sets: Iterable[tuple[SetName, Callable[[], Sequence[bytes]]]],
) -> Lookup:
    """The answer of some sets; their parts are read where the key is at hand."""
    found: dict[tuple[str, str], list[tuple[str, bool, float]]] = {}
    gaps: dict[str, list[str]] = {}
    for name, parts in sets:
        key = keys.get(name.key_id)
        if key is None:
            gaps.setdefault(name.key_id, []).append(name.day)
            continue
        answer = ask(name, parts(), key.of(name.category, value))
        whose = found.setdefault((name.subprocessor, name.category), [])
        whose.append((name.day, answer.found, answer.false_positive))
    sent = [_sent(*whose, answers) for whose, answers in sorted(found.items())]
    days = [day for answers in found.values() for day, _, _ in answers]
    return Lookup(
        [one for one in sent if one],
        len(days),
        _day(min(days)) if days else None,
        _day(max(days)) if days else None,
        _either(rate for answers in found.values() for _, _, rate in answers),
        [Gap(key, _day(min(days)), _day(max(days))) for key, days in sorted(gaps.items())],
    )


def question(
    value: str,
    key: Pseudonymiser,
    *,
    at: datetime,
    who: str,
    reason: str,
    since: date | None,
    until: date | None,
) -> Asked:
    """The line of the audit for a question."""
    days = ["" if day is None else day.isoformat() for day in (since, until)]
    return Asked(at.isoformat(), who, reason, key.text(SUBJECT, value), *days)


def _sent(subprocessor: str, category: str, days: Sequence[tuple[str, bool, float]]) -> Sent | None:
    found = sorted(day for day, is_in, _ in days if is_in)
    if not found:
        return None
    rate = _either([rate for _, _, rate in days])
    return Sent(subprocessor, category, len(set(found)), _day(found[0]), _day(found[-1]), rate)


def _either(rates: Iterable[float]) -> float:
    """The probability that at least one of some independent things happens."""
    none = 1.0
    for rate in rates:
        none *= 1 - rate
    return 1 - none


def _day(text: str) -> date:
    return date.fromisoformat(text)
