"""The delivery ledger."""

import sqlite3
from datetime import timedelta

from alerts.delivery import Outbox, delivery_key, ledger
from tests.support.messages import NOW, message


def test_it_tells_what_was_sent_where_when_and_how_often(
    connection: sqlite3.Connection, outbox: Outbox
) -> None:
    outbox.add([message()], ["s"])
    due = outbox.due("s", NOW)
    assert due is not None
    outbox.claim(due, NOW + timedelta(seconds=1))
    outbox.postpone(due.key, NOW + timedelta(seconds=5), "answered 503", in_doubt=True)
    (found,) = ledger(connection)
    assert found.key == delivery_key(message().id, "s")
    assert (found.message, found.sink, found.alert) == (message().id, "s", "a1")
    assert (found.why, found.state, found.in_doubt) == ("first", "pending", True)
    assert (found.attempts, found.last_error) == (1, "answered 503")
    assert found.created == NOW
    assert found.first_attempt == found.last_attempt == NOW + timedelta(seconds=1)
    assert found.next_attempt == NOW + timedelta(seconds=5)
    outbox.claim(due, NOW + timedelta(seconds=6))
    outbox.settle(due.key)
    (ended,) = ledger(connection)
    assert (ended.state, ended.attempts, ended.last_error) == ("delivered", 2, "")
    assert ended.first_attempt == NOW + timedelta(seconds=1)
    assert ended.last_attempt == NOW + timedelta(seconds=6)
    assert ended.next_attempt is None
    assert not ended.in_doubt


def test_it_is_newest_first_and_can_be_narrowed(
    connection: sqlite3.Connection, outbox: Outbox
) -> None:
    outbox.add([message("a1"), message("b1"), message("b_2")], ["s", "t"])
    outbox.settle(delivery_key(message("b1").id, "t"))
    assert [d.alert for d in ledger(connection, sink="s")] == ["b_2", "b1", "a1"]
    assert {d.alert for d in ledger(connection, alert="b")} == {"b1", "b_2"}
    assert {d.alert for d in ledger(connection, alert="b_")} == {"b_2"}
    assert [d.alert for d in ledger(connection, state="delivered")] == ["b1"]
    assert len(ledger(connection, limit=4)) == 4
    assert ledger(connection, sink="nobody") == []
