"""The deliverer, step by step on a clock that stands still."""

import sqlite3
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from alerts.delivery import Deliverer, Delivery, Outbox, Report, RetryPolicy, delivery_key, ledger
from alerts.sinks import SinkError
from monitor.clock import ManualClock
from tests.support.messages import NOW, message
from tests.unit.delivery.conftest import Open, ScriptedSink

BUSY = SinkError("answered 503", recoverable=True, in_doubt=False)


class Crash(BaseException):
    """The process dies here."""


class World:
    """One sink or more, one deliverer, and what the ledger says."""

    def __init__(self, open_connection: Open, *sinks: ScriptedSink) -> None:
        self.open = open_connection
        self.sinks = sinks
        self.clock = ManualClock(NOW)
        self.policy = RetryPolicy()
        self.deliverer = self.restarted()

    def restarted(self) -> Deliverer:
        self.deliverer = Deliverer(self.open, self.sinks, self.clock, self.policy, Random(1))
        return self.deliverer

    def step(self, seconds: float = 0) -> Report:
        self.clock.advance(seconds)
        return self.deliverer.deliver_due(self.clock.now())

    def ledger(self) -> list[Delivery]:
        connection = self.open()
        return ledger(connection)[::-1]


@pytest.fixture
def sink() -> ScriptedSink:
    return ScriptedSink()


@pytest.fixture
def world(open_connection: Open, outbox: Outbox, sink: ScriptedSink) -> World:
    outbox.add([message("a1"), message("a1", "grew"), message("a2")], ["sink"])
    return World(open_connection, sink)


def test_everything_due_is_sent_once_and_in_order(world: World, sink: ScriptedSink) -> None:
    assert world.step() == Report(delivered=3)
    assert [(m.alert.id, m.why) for m in sink.sent] == [
        ("a1", "first"),
        ("a1", "grew"),
        ("a2", "first"),
    ]
    assert [m.id for m in sink.sent] == [d.key for d in world.ledger()]
    assert not any(m.repeat for m in sink.sent)
    assert world.step() == Report()
    assert world.deliverer.next_due() is None


def test_the_mark_is_committed_before_the_sink_is_called(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(Crash())
    with pytest.raises(Crash):
        world.step()
    assert [d.state for d in world.ledger()] == ["sending", "pending", "pending"]


@pytest.mark.parametrize(
    ("answer", "report", "sent", "repeat"),
    [
        (True, Report(delivered=3, confirmed=1), 3, False),
        (False, Report(delivered=3), 4, False),
        (None, Report(delivered=3, repeated=1), 4, True),
        # a question that can never be answered must not keep a page from arriving
        (SinkError("401", recoverable=False), Report(delivered=3, repeated=1), 4, True),
    ],
)
def test_a_delivery_in_doubt_is_reconciled(
    world: World,
    sink: ScriptedSink,
    answer: bool | SinkError | None,
    report: Report,
    sent: int,
    repeat: bool,
) -> None:
    sink.sends.append(Crash())
    with pytest.raises(Crash):
        world.step()
    sink.answers.append(answer)
    world.restarted()
    assert world.step() == report
    assert sink.asked == [delivery_key(message("a1").id, "sink")]
    assert len(sink.sent) == sent
    assert sink.sent[1].repeat is repeat


def test_a_question_that_cannot_be_answered_now_is_put_again(
    world: World, sink: ScriptedSink
) -> None:
    sink.sends.append(Crash())
    with pytest.raises(Crash):
        world.step()
    sink.answers.extend([SinkError("503", recoverable=True, in_doubt=False), True])
    world.restarted()
    assert world.step() == Report(postponed=1, problems=["503"])
    assert world.step(700).confirmed == 1
    assert len(sink.asked) == 2


def test_a_doubt_stays_until_the_sink_can_say(world: World, sink: ScriptedSink) -> None:
    lost = SinkError("timed out", recoverable=True)
    sink.sends.extend([lost, None, BUSY])  # the other alert's message passes in between
    assert world.step().postponed == 1
    assert world.ledger()[0].in_doubt
    assert world.step(700) == Report(delivered=1, postponed=1, problems=["answered 503"])
    assert sink.sent[-1].repeat  # it was refused, but the first attempt may still have arrived
    assert world.ledger()[0].in_doubt
    assert world.step(700).repeated == 1
    assert world.ledger()[0].state == "delivered"
    assert not world.ledger()[0].in_doubt


def test_what_the_receiver_certainly_has_not_is_no_repeat(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(BUSY)
    world.step()
    world.step(700)
    assert sink.asked == []
    assert not any(m.repeat for m in sink.sent)


def test_a_failing_sink_is_left_alone_until_the_next_call(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(BUSY)
    assert world.step() == Report(postponed=1, problems=["answered 503"])
    assert len(sink.sent) == 1


def test_others_pass_one_that_waits_but_not_of_its_alert(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(BUSY)
    world.step()
    assert world.step() == Report(delivered=1)
    assert sink.sent[-1].alert.id == "a2"
    due = world.deliverer.next_due()
    assert due is not None
    assert NOW < due <= NOW + timedelta(seconds=1)
    assert world.step(1) == Report(delivered=2)
    assert [m.why for m in sink.sent[-2:]] == ["first", "grew"]


def test_a_receivers_wish_to_wait_holds_the_whole_sink(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(SinkError("429", recoverable=True, retry_after=100, in_doubt=False))
    world.step()
    assert world.step(99) == Report()
    assert world.deliverer.next_due() == NOW + timedelta(seconds=100)
    assert world.step(1).delivered == 1  # the others; the first waits a little longer, by chance
    assert world.step(1).delivered == 2


def test_a_permanent_error_kills_one_delivery_and_is_kept(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(SinkError("answered 410", recoverable=False))
    assert world.step() == Report(delivered=2, dead=1, problems=["answered 410"])
    assert (world.ledger()[0].state, world.ledger()[0].last_error) == ("dead", "answered 410")


def test_a_delivery_dies_after_the_last_attempt(world: World, sink: ScriptedSink) -> None:
    world.policy = RetryPolicy(max_attempts=3)
    world.restarted()
    sink.sends.extend([BUSY, None, BUSY, BUSY])
    for _ in range(2):
        world.step(700)
    report = world.step(700)
    assert report.dead == 1
    world.step(700)
    first = world.ledger()[0]
    assert (first.state, first.attempts) == ("dead", 3)


def test_a_delivery_dies_of_age(world: World, sink: ScriptedSink) -> None:
    sink.sends.extend([BUSY, None, BUSY])
    world.step()
    world.step()
    assert world.step(86_400).dead == 1
    assert world.ledger()[0].attempts == 2


def test_an_unexpected_error_stops_nobody_and_shows_nothing(
    open_connection: Open, outbox: Outbox
) -> None:
    broken, sound = ScriptedSink("broken"), ScriptedSink("sound")
    outbox.add([message("a1"), message("a2")], ["broken", "sound"])
    broken.sends.append(RuntimeError("jane@example.com"))
    world = World(open_connection, broken, sound)
    report = world.step()
    assert report.delivered == 2
    assert report.problems == ["sink broken raised RuntimeError"]
    assert len(sound.sent) == 2
    assert world.ledger()[0].in_doubt


def test_sinks_take_turns(open_connection: Open, outbox: Outbox) -> None:
    sinks = [ScriptedSink("one"), ScriptedSink("two")]
    order: list[str] = []
    for sink in sinks:
        sink.on_send = order.append
    outbox.add([message("a1"), message("a2")], ["one", "two"])
    World(open_connection, *sinks).step()
    assert order == ["one", "two", "one", "two"]


def test_a_stop_is_heeded_between_turns(world: World, sink: ScriptedSink) -> None:
    assert world.deliverer.deliver_due(NOW, lambda: not sink.sent) == Report(delivered=1)


def test_a_message_of_another_version_is_dead_not_fatal(
    world: World, connection: sqlite3.Connection
) -> None:
    connection.execute("UPDATE outbox SET payload = '{}' WHERE seq = 1")
    report = world.step()
    assert (report.delivered, report.dead) == (2, 1)
    assert "cannot be read by this version" in world.ledger()[0].last_error


def test_a_sink_that_is_no_longer_configured_is_not_forgotten(
    open_connection: Open, outbox: Outbox
) -> None:
    outbox.add([message()], ["old"])
    world = World(open_connection, ScriptedSink("new"))
    assert world.step() == Report()
    assert outbox.counts()["old"]["dead"] == 1


def test_a_closed_deliverer_starts_as_after_a_crash(world: World, sink: ScriptedSink) -> None:
    sink.sends.append(Crash())
    with pytest.raises(Crash):
        world.step()
    world.deliverer.close()
    world.step()
    assert len(sink.asked) == 1


def test_a_database_without_room_for_us_is_closed_again(open_connection: Open) -> None:
    connection = open_connection()
    connection.execute("CREATE TABLE outbox (other TEXT)")
    connection.commit()
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        World(open_connection, ScriptedSink()).step()


def test_a_receivers_rate_limit_makes_messages_wait_and_drops_none(
    world: World, sink: ScriptedSink
) -> None:
    sink.interval = 2.0
    assert world.step() == Report(delivered=1)
    assert world.step(1.9) == Report()
    assert world.deliverer.next_due() == NOW + timedelta(seconds=2)
    assert world.step(0.1) == Report(delivered=1)
    assert world.step(2) == Report(delivered=1)
    assert len(sink.sent) == 3


def test_a_rate_limit_does_not_shorten_the_wait_a_receiver_asks_for(
    world: World, sink: ScriptedSink
) -> None:
    sink.interval = 2.0
    sink.sends.append(SinkError("429", recoverable=True, retry_after=30, in_doubt=False))
    world.step()
    assert world.step(29) == Report()
    assert world.step(1).delivered == 1


class TestFallback:
    @pytest.fixture
    def mail(self) -> ScriptedSink:
        return ScriptedSink("mail")

    @pytest.fixture
    def deliverer(
        self, open_connection: Open, outbox: Outbox, sink: ScriptedSink, mail: ScriptedSink
    ) -> Deliverer:
        outbox.add([message("a1")], ["sink", "mail"])
        clock, fallbacks = ManualClock(NOW), {"sink": "mail"}
        return Deliverer(open_connection, [sink, mail], clock, fallbacks=fallbacks)

    def test_it_is_told_what_another_could_not_deliver_beside_its_own(
        self, deliverer: Deliverer, sink: ScriptedSink, mail: ScriptedSink
    ) -> None:
        sink.sends.append(SinkError("revoked", recoverable=False, in_doubt=False))
        assert deliverer.deliver_due() == Report(delivered=2, dead=1, problems=["revoked"])
        assert [(m.alert.id, m.instead_of) for m in mail.sent] == [("a1", ""), ("a1", "sink")]
        assert len({m.id for m in mail.sent}) == 2

    def test_it_is_told_once_also_where_the_delivery_dies_twice(
        self, deliverer: Deliverer, sink: ScriptedSink, mail: ScriptedSink, connection: Any
    ) -> None:
        for _ in range(2):
            sink.sends.append(SinkError("revoked", recoverable=False, in_doubt=False))
            deliverer.deliver_due()
            Outbox(connection).revive("sink")
        assert len(mail.sent) == 2

    def test_a_fallback_that_fails_has_none_here(
        self, deliverer: Deliverer, sink: ScriptedSink, mail: ScriptedSink
    ) -> None:
        for failing in (sink, mail):
            gone = SinkError("gone", recoverable=False, in_doubt=False)
            failing.sends.extend([gone, gone])
        report = deliverer.deliver_due()
        assert (report.delivered, report.dead) == (0, 3)

    def test_a_message_nobody_can_read_is_dead_everywhere(
        self, deliverer: Deliverer, mail: ScriptedSink, connection: Any
    ) -> None:
        connection.execute("UPDATE outbox SET payload = '{' WHERE sink = 'sink'")
        assert deliverer.deliver_due().dead == 1
        assert [m.instead_of for m in mail.sent] == [""]

    def test_its_delivery_is_journalled_with_the_end_of_the_other(
        self, open_connection: Open, outbox: Outbox, sink: ScriptedSink, mail: ScriptedSink
    ) -> None:
        outbox.add([message("a1")], ["sink"])
        kept: list[tuple[str, str]] = []

        def journal(outbox: Outbox, key: str) -> None:
            entry = outbox.entry(key)
            assert entry
            kept.append((entry.sink, entry.state))

        clock, fallbacks = ManualClock(NOW), {"sink": "mail"}
        sink.sends.append(SinkError("revoked", recoverable=False, in_doubt=False))
        Deliverer(
            open_connection, [sink, mail], clock, fallbacks=fallbacks, journal=journal
        ).deliver_due()
        assert kept[:3] == [("sink", "sending"), ("mail", "pending"), ("sink", "dead")]
