"""The deliverer's thread: it wakes, drains and stops when told to, on a clock that stands still."""

import sqlite3
import threading
from collections.abc import Generator
from random import Random

import pytest

from alerts.delivery import Deliverer, DelivererThread, Outbox, Report
from alerts.sinks import Message, SinkError
from monitor.clock import ManualClock
from tests.support.messages import NOW, message
from tests.unit.delivery.conftest import Open, ScriptedSink

LONG = 20.0
"""Seconds that no test waits for, unless it fails."""


class WaitingSink(ScriptedSink):
    """Says when a message has come, and holds it while `gate` is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.called = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def send(self, message: Message) -> None:
        self.called.set()
        self.gate.wait(LONG)
        super().send(message)


class Running:
    def __init__(self, open_connection: Open) -> None:
        self.sink = WaitingSink()
        self.clock = ManualClock(NOW)
        self.reports: list[Report] = []
        self.fail_next_open = False
        self.open = open_connection
        deliverer = Deliverer(self.connect, [self.sink], self.clock, random=Random(1))
        self.reported = threading.Event()
        self.thread = DelivererThread(deliverer, self.clock, self.observe)

    def observe(self, report: Report) -> None:
        self.reports.append(report)
        self.reported.set()

    def connect(self) -> sqlite3.Connection:
        if self.fail_next_open:
            self.fail_next_open = False
            raise sqlite3.OperationalError("unable to open database file")
        return self.open()


@pytest.fixture
def running(open_connection: Open, outbox: Outbox) -> Generator[Running]:
    assert outbox.counts() == {}
    running = Running(open_connection)
    yield running
    running.sink.gate.set()
    assert running.thread.stop(LONG)


def test_what_is_there_at_the_start_is_sent(running: Running, outbox: Outbox) -> None:
    outbox.add([message()], ["sink"])
    running.thread.start()
    assert running.sink.called.wait(LONG)


def test_a_notification_wakes_it(running: Running, outbox: Outbox) -> None:
    running.thread.start()
    assert running.thread.drain(LONG)
    outbox.add([message()], ["sink"])
    running.thread.notify()
    assert running.sink.called.wait(LONG)
    assert running.thread.drain(LONG)
    assert running.reports == [Report(delivered=1)]


def test_draining_waits_for_what_was_committed_before(running: Running, outbox: Outbox) -> None:
    running.thread.start()
    for number in range(20):
        outbox.add([message(number=number)], ["sink"])
        assert running.thread.drain(LONG)
        assert len(running.sink.sent) == number + 1


def test_draining_waits_for_those_that_a_failure_left_for_the_next_round(
    running: Running, outbox: Outbox
) -> None:
    running.thread.start()
    assert running.thread.drain(LONG)
    running.sink.sends.append(SinkError("503", recoverable=True))
    outbox.add([message("a1"), message("a2")], ["sink"])
    assert running.thread.drain(LONG)
    assert [m.alert.id for m in running.sink.sent] == ["a1", "a2"]


def test_draining_gives_up_in_time(running: Running, outbox: Outbox) -> None:
    running.sink.gate.clear()
    outbox.add([message()], ["sink"])
    running.thread.start()
    assert running.sink.called.wait(LONG)
    assert not running.thread.drain(0.01)
    running.sink.gate.set()
    assert running.thread.drain(LONG)


def test_what_a_sink_puts_off_does_not_hold_the_drain(running: Running, outbox: Outbox) -> None:
    running.sink.sends.append(SinkError("429", recoverable=True, retry_after=60))
    outbox.add([message()], ["sink"])
    running.thread.start()
    assert running.thread.drain(LONG)
    assert outbox.counts()["sink"]["pending"] == 1
    running.clock.advance(70)
    assert running.thread.drain(LONG)
    assert outbox.counts()["sink"]["delivered"] == 1


def test_it_wakes_by_itself_when_something_falls_due(running: Running, outbox: Outbox) -> None:
    running.sink.sends.append(SinkError("503", recoverable=True))
    outbox.add([message()], ["sink"])
    running.thread.start()
    assert running.reported.wait(LONG)
    running.sink.called.clear()
    running.clock.advance(1)  # the first wait is under a second, and nobody notifies
    assert running.sink.called.wait(LONG)


def test_a_stop_lets_the_attempt_end_and_begins_no_other(running: Running, outbox: Outbox) -> None:
    running.sink.gate.clear()
    outbox.add([message("a1"), message("a2")], ["sink"])
    running.thread.start()
    assert running.sink.called.wait(LONG)
    assert not running.thread.stop(0.01)
    running.sink.gate.set()
    assert running.thread.stop(LONG)
    assert outbox.counts()["sink"] == {"pending": 1, "sending": 0, "delivered": 1, "dead": 0}
    assert not running.thread.drain(LONG)


def test_it_can_be_stopped_before_it_was_started(running: Running) -> None:
    assert running.thread.stop(LONG)
    assert not running.thread.drain(LONG)


def test_a_failing_database_is_tried_again(running: Running, outbox: Outbox) -> None:
    running.fail_next_open = True
    outbox.add([message()], ["sink"])
    running.thread.start()
    assert running.sink.called.wait(LONG)
    assert running.thread.drain(LONG)
    assert running.thread.failure == ""


def test_an_observer_that_fails_does_not_end_it(open_connection: Open, outbox: Outbox) -> None:
    running = Running(open_connection)
    seen = threading.Event()

    def observe(_: Report) -> None:
        seen.set()
        raise RuntimeError

    thread = DelivererThread(
        Deliverer(open_connection, [running.sink], running.clock), running.clock, observe
    )
    outbox.add([message()], ["sink"])
    thread.start()
    assert seen.wait(LONG)
    assert thread.drain(LONG)
    assert thread.stop(LONG)
