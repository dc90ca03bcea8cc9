"""Sends what the outbox holds: at least once to every sink, exactly once where the sink can say
what has arrived."""

import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import msgspec

from alerts.delivery.outbox import Due, Outbox
from alerts.delivery.retry import RetryPolicy
from alerts.sinks.base import Clock, Message, Sink, SinkError


@dataclass(slots=True)
class Report:
    """What became of the deliveries that were tried.

    Of the `delivered`, `confirmed` ones were in doubt and had arrived; `repeated` ones were in
    doubt and were sent again, marked. `problems` are the sinks' own words, free of secrets.
    """

    delivered: int = 0
    confirmed: int = 0
    repeated: int = 0
    postponed: int = 0
    dead: int = 0
    problems: list[str] = field(default_factory=list[str])

    @property
    def tried(self) -> int:
        return self.delivered + self.postponed + self.dead


class Deliverer:
    """Takes due deliveries one at a time: marks one as under way, commits, sends, marks the end.

    A process that dies in between leaves the delivery `sending`. The next one to start asks the
    sink whether it has arrived: yes ends it, no sends it, and a sink that cannot say gets it again
    marked as a possible repeat. One deliverer may run on a database at a time.

    The connection is opened at the first use, in the thread that uses it.
    """

    def __init__(
        self,
        open_connection: Callable[[], sqlite3.Connection],
        sinks: Iterable[Sink],
        clock: Clock,
        policy: RetryPolicy | None = None,
        random: Random | None = None,
        journal: Callable[[Outbox, str], None] = lambda _outbox, _key: None,
    ) -> None:
        """`journal` is called with the key of each delivery that changes, before the change
        commits: what it raises undoes the change, and no sink is called after that. It makes a
        database durable that is not durable itself."""
        self._journal = journal
        self._open_connection = open_connection
        self._sinks = {sink.name: sink for sink in sinks}
        self._clock = clock
        self._policy = policy or RetryPolicy()
        self._random = random or Random()  # noqa: S311 - it spreads load, it guards nothing
        self._connection: sqlite3.Connection | None = None
        self._held: dict[str, datetime] = {}

    def deliver_due(
        self, now: datetime | None = None, go_on: Callable[[], bool] = lambda: True
    ) -> Report:
        """Tries everything due at `now`, in turns over the sinks, so that a busy one delays the
        others by one message only. A sink that fails is left alone until the next call. `go_on`
        is asked before each turn."""
        now = now or self._clock.now()
        report = Report()
        ready = [name for name in self._sinks if self._held.get(name, now) <= now]
        while ready and go_on():
            ready = [name for name in ready if self._deliver_one(name, now, report)]
        return report

    def next_due(self) -> datetime | None:
        """When there is something to do next; a moment in the past for now, None for never."""
        outbox = Outbox(self._connected())
        moments: list[datetime] = []
        for name in self._sinks:
            moment = outbox.next_due(name)
            if moment is not None:
                moments.append(max(moment, self._held.get(name, moment)))
        return min(moments, default=None)

    def close(self) -> None:
        """Closes the connection. The next call opens it anew, and starts as after a crash."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = self._open_connection()
            try:
                _prepare(connection)
                with _transaction(connection):
                    outbox = Outbox(connection)
                    outbox.create()
                    outbox.recover(list(self._sinks))
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _deliver_one(self, name: str, now: datetime, report: Report) -> bool:
        """Tries one delivery of this sink; whether another may follow in this call."""
        connection = self._connected()
        outbox = Outbox(connection)
        delivery = outbox.due(name, now)
        if delivery is None:
            return False
        with _transaction(connection):
            delivery = outbox.claim(delivery, self._clock.now())
            self._journal(outbox, delivery.key)
        error = self._attempt(self._sinks[name], delivery, report)
        with _transaction(connection):
            if error is None:
                outbox.settle(delivery.key)
            else:
                self._failed(outbox, name, delivery, error, report)
            self._journal(outbox, delivery.key)
        report.delivered += error is None
        return error is None or not error.recoverable

    def _attempt(self, sink: Sink, delivery: Due, report: Report) -> SinkError | None:
        """Reconciles and sends. No error of a sink passes, so that the others get their turn."""
        repeat = False
        try:
            message = msgspec.json.decode(delivery.payload, type=Message)
            if delivery.in_doubt:
                match _arrived(sink, delivery.key):
                    case True:
                        report.confirmed += 1
                        return None
                    case False:
                        pass
                    case None:
                        repeat = True
            sink.send(msgspec.structs.replace(message, id=delivery.key, repeat=repeat))
        except SinkError as error:
            return _in_doubt(error) if repeat else error
        except msgspec.MsgspecError:
            problem = "the stored message cannot be read by this version of Egresswatch"
            return SinkError(problem, recoverable=False, in_doubt=False)
        except Exception as error:  # noqa: BLE001 - whatever a sink does, the others go on
            return SinkError(f"sink {sink.name} raised {type(error).__name__}", recoverable=True)
        report.repeated += repeat
        return None

    def _failed(
        self, outbox: Outbox, name: str, delivery: Due, error: SinkError, report: Report
    ) -> None:
        now = self._clock.now()
        report.problems.append(str(error))
        policy, first = self._policy, delivery.first_attempt or now
        if not error.recoverable or policy.exhausted(delivery.attempts, first, now):
            outbox.bury(delivery.key, str(error), in_doubt=error.in_doubt)
            report.dead += 1
            return
        asked = policy.heed(error.retry_after)
        if asked:  # of the sink, not of this message alone
            self._held[name] = now + asked
        until = now + asked + policy.wait(delivery.attempts, self._random)
        outbox.postpone(delivery.key, until, str(error), in_doubt=error.in_doubt)
        report.postponed += 1


def _arrived(sink: Sink, key: str) -> bool | None:
    """The sink's answer; None also where asking can never work, since twice is better than never.
    A recoverable failure passes: the question is put again later, and the doubt remains."""
    try:
        return sink.arrived(key)
    except SinkError as error:
        if error.recoverable:
            raise _in_doubt(error) from None
        return None


def _in_doubt(error: SinkError) -> SinkError:
    """The same failure, where an earlier attempt may have arrived."""
    return SinkError(
        str(error), recoverable=error.recoverable, retry_after=error.retry_after, in_doubt=True
    )


def _prepare(connection: sqlite3.Connection) -> None:
    """Transactions begin and end where we say, wait for a batch's commit, and survive a power
    cut: a mark that is lost would be a repeat that is not marked."""
    connection.isolation_level = None
    connection.row_factory = None
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")
