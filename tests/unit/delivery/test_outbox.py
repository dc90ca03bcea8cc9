"""The outbox: in the caller's transaction, idempotent, in order, countable."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts.delivery import Outbox, delivery_key, ledger
from alerts.messages import Receiver
from alerts.sinks import Message, Why
from tests.support.messages import NOW, message

LATER = NOW + timedelta(hours=1)


def test_messages_commit_and_roll_back_with_the_callers_transaction(
    connection: sqlite3.Connection, outbox: Outbox
) -> None:
    connection.execute("BEGIN")
    assert outbox.add([message()], ["a", "b"]) == 2
    connection.execute("ROLLBACK")
    assert outbox.counts() == {}
    connection.execute("BEGIN")
    outbox.add([message()], ["a", "b"])
    connection.execute("COMMIT")
    none = {"sending": 0, "delivered": 0, "dead": 0}
    assert outbox.counts() == {"a": {"pending": 1, **none}, "b": {"pending": 1, **none}}


def test_adding_again_changes_nothing(outbox: Outbox) -> None:
    outbox.add([message()], ["a"])
    outbox.settle(delivery_key(message().id, "a"))
    assert outbox.add([message(), message(number=1)], ["a"]) == 1
    assert outbox.counts()["a"]["delivered"] == 1
    assert outbox.counts()["a"]["pending"] == 1


def test_the_stored_message_is_whole_but_for_the_sketch(outbox: Outbox) -> None:
    outbox.add([message()], ["a"])
    due = outbox.due("a", NOW)
    assert due is not None
    assert msgspec.json.decode(due.payload, type=Message) == message(subjects={})


def test_every_sink_has_its_own_idempotency_key(outbox: Outbox) -> None:
    outbox.add([message()], ["a", "b"])
    keys = {due.key for sink in "ab" if (due := outbox.due(sink, NOW))}
    assert keys == {delivery_key(message().id, "a"), delivery_key(message().id, "b")}
    assert len(keys) == 2


def test_a_later_message_of_an_alert_waits_for_the_earlier(outbox: Outbox) -> None:
    first, grew, other = message("a1"), message("a1", "grew"), message("a2")
    outbox.add([first, grew, other], ["s"])
    outbox.postpone(delivery_key(first.id, "s"), LATER, "no", in_doubt=False)
    due = outbox.due("s", NOW)
    assert due is not None
    assert due.key == delivery_key(other.id, "s")
    outbox.settle(due.key)
    assert outbox.due("s", NOW) is None
    assert outbox.next_due("s") == LATER
    outbox.claim(due, NOW)
    outbox.settle(delivery_key(first.id, "s"))
    waiting = outbox.due("s", NOW)
    assert waiting is not None
    assert waiting.key == delivery_key(grew.id, "s")


def test_one_under_way_holds_back_the_next_of_its_alert(outbox: Outbox) -> None:
    outbox.add([message("a1"), message("a1", "grew")], ["s"])
    due = outbox.due("s", NOW)
    assert due is not None
    outbox.claim(due, NOW)
    assert outbox.due("s", NOW) is None
    assert outbox.next_due("s") is None


def test_a_dead_one_holds_back_nothing(outbox: Outbox) -> None:
    outbox.add([message("a1"), message("a1", "grew")], ["s"])
    outbox.bury(delivery_key(message("a1").id, "s"), "gone", in_doubt=False)
    due = outbox.due("s", NOW)
    assert due is not None
    assert due.key == delivery_key(message("a1", "grew").id, "s")


def test_what_failed_comes_after_what_is_new(outbox: Outbox) -> None:
    outbox.add([message("a1"), message("a2")], ["s"])
    outbox.postpone(delivery_key(message("a1").id, "s"), NOW, "no", in_doubt=False)
    due = outbox.due("s", NOW)
    assert due is not None
    assert due.key == delivery_key(message("a2").id, "s")


def test_next_due_is_the_past_for_at_once_and_none_for_never(outbox: Outbox) -> None:
    assert outbox.next_due("s") is None
    outbox.add([message()], ["s"])
    assert outbox.next_due("s") == datetime.min.replace(tzinfo=UTC)


def test_recovery_puts_what_was_under_way_in_doubt(outbox: Outbox) -> None:
    outbox.add([message()], ["s"])
    due = outbox.due("s", NOW)
    assert due is not None
    assert not due.in_doubt
    outbox.claim(due, NOW)
    outbox.recover(["s"])
    found = outbox.due("s", NOW)
    assert found is not None
    assert found.in_doubt
    assert (found.attempts, found.first_attempt) == (1, NOW)


def test_a_delivery_for_a_sink_that_is_gone_is_dead_with_the_remedy(
    connection: sqlite3.Connection, outbox: Outbox
) -> None:
    outbox.add([message()], ["kept", "it's gone"])
    outbox.recover(["kept"])
    assert outbox.counts()["kept"]["pending"] == 1
    (dead,) = ledger(connection, sink="it's gone")
    assert dead.state == "dead"
    assert "no sink of this name is configured" in dead.last_error


def test_the_dead_can_be_revived_and_their_doubt_stays(outbox: Outbox) -> None:
    outbox.add([message("a1"), message("a2")], ["s"])
    outbox.bury(delivery_key(message("a1").id, "s"), "no", in_doubt=True)
    assert outbox.revive("other") == []
    assert len(outbox.revive("s")) == 1
    due = outbox.due("s", NOW)
    assert due is not None
    assert due.in_doubt
    assert due.attempts == 0


def test_only_what_ended_long_ago_is_forgotten(outbox: Outbox) -> None:
    outbox.add([message(a, "resolved") for a in ("a1", "a2", "a3")], ["s"])
    for moment in (NOW, LATER):
        due = outbox.due("s", NOW)
        assert due is not None
        outbox.claim(due, moment)
        outbox.settle(due.key)
    assert outbox.forget(LATER) == 1
    assert outbox.counts()["s"] == {"pending": 1, "sending": 0, "delivered": 1, "dead": 0}


def test_due_deliveries_are_found_by_index(connection: sqlite3.Connection, outbox: Outbox) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    outbox.due("s", NOW)
    connection.set_trace_callback(None)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}").fetchall()
    text = "\n".join(str(row[3]) for row in plan)
    assert "SCAN" not in text
    assert "TEMP B-TREE" not in text
    assert "outbox_due" in text
    assert "outbox_open" in text


def test_an_entry_restores_a_delivery_elsewhere_and_newer_ones_replace_it(
    outbox: Outbox,
) -> None:
    key = delivery_key(message().id, "a")
    outbox.add([message()], ["a"])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        there = Outbox(connection)
        there.create()
        for change in (lambda: None, lambda: outbox.settle(key)):
            change()
            entry = outbox.entry(key)
            assert entry is not None
            there.put([entry])
            assert there.entry(key) == entry
        assert there.counts() == outbox.counts()
        assert there.counts()["a"]["delivered"] == 1
        assert there.entry("unknown") is None


def routed(why: Why, *sinks: str, **changes: Any) -> Message:
    receivers = tuple(Receiver(sink=sink, route=f"to {sink}") for sink in sinks)
    return msgspec.structs.replace(message("a1", why, **changes), receivers=receivers)


def test_a_message_goes_to_its_receivers_and_names_the_route(outbox: Outbox) -> None:
    new = outbox.tell(routed("first", "b"), ["a", "b"])
    assert new == [delivery_key(message("a1").id, "b")]
    due = outbox.due("b", NOW)
    assert due is not None
    stored = msgspec.json.decode(due.payload, type=Message)
    assert stored.route == "to b"
    assert b"receivers" not in due.payload
    assert outbox.due("a", NOW) is None
    assert outbox.tell(routed("first", "b"), ["a", "b"]) == []


def test_where_no_routes_were_asked_every_sink_is_told(outbox: Outbox) -> None:
    assert len(outbox.tell(message("a1"), ["a", "b"])) == 2


def test_the_end_is_told_those_who_know_of_it_whatever_routes_say(
    connection: sqlite3.Connection, outbox: Outbox
) -> None:
    outbox.tell(routed("first", "a", "b"), ["a", "b", "c"])
    outbox.tell(routed("grew", "b"), ["a", "b", "c"])
    outbox.tell(routed("acknowledged", "c"), ["a", "b", "c"])
    outbox.tell(routed("resolved", "c"), ["a", "b", "c"])
    assert outbox.told("a1") == []
    assert [(one.why, one.sink) for one in reversed(ledger(connection))] == [
        ("first", "a"),
        ("first", "b"),
        ("grew", "b"),
        ("acknowledged", "a"),
        ("acknowledged", "b"),
        ("resolved", "a"),
        ("resolved", "b"),
    ]


def test_who_never_heard_of_it_is_not_told_its_end(outbox: Outbox) -> None:
    outbox.tell(routed("first", "a", "b"), ["a", "b"])
    outbox.bury(delivery_key(message("a1").id, "a"), "no such channel", in_doubt=False)
    assert outbox.told("a1") == ["b"]
    outbox.bury(delivery_key(message("a1").id, "b"), "no answer", in_doubt=True)
    assert outbox.told("a1") == ["b"]


def test_an_incident_that_opens_again_is_told_anew(outbox: Outbox) -> None:
    outbox.tell(routed("first", "a"), ["a", "b"])
    outbox.tell(routed("resolved"), ["a", "b"])
    outbox.tell(routed("first", "b", number=1), ["a", "b"])
    assert outbox.told("a1") == ["b"]


def test_the_last_word_before_an_end_is_not_forgotten(outbox: Outbox) -> None:
    outbox.tell(routed("first", "s"), ["s"])
    outbox.tell(routed("grew", "s"), ["s"])
    for _ in "ab":
        due = outbox.due("s", NOW)
        assert due is not None
        outbox.claim(due, NOW)
        outbox.settle(due.key)
    assert outbox.forget(LATER) == 1
    assert outbox.told("a1") == ["s"]


def test_a_receiver_that_is_no_sink_is_a_dead_delivery(outbox: Outbox) -> None:
    outbox.tell(routed("first", "gone"), ["s"])
    assert outbox.counts()["gone"]["dead"] == 1
