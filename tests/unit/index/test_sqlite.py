"""What only the SQLite index promises: transactions, versions, commands, cheap plans."""

import sqlite3
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.index.base import What
from alerts.index.sqlite import SqliteIndex
from detectors.distinct import sketch
from detectors.records import CategoryCount, Command
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum


@pytest.fixture
def connection() -> Generator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


@pytest.fixture
def index(connection: sqlite3.Connection) -> SqliteIndex:
    return SqliteIndex.create(connection)


def test_writes_belong_to_the_callers_transaction(
    connection: sqlite3.Connection, index: SqliteIndex
) -> None:
    connection.execute("BEGIN")
    index.add_flows([flow()])
    index.add_sums([partial_sum()])
    index.add_findings([finding()])
    index.put_alerts([alert()])
    index.add_dead_letters([dead_letter()])
    index.add_command(Command(at=START, action="acknowledge", alert="a"))
    assert connection.in_transaction
    connection.execute("ROLLBACK")
    for what in ("flows", "sums", "findings", "alerts", "dead-letters"):
        assert index.search(what).total == 0, what
    assert index.commands() == []


def test_a_batch_rolled_back_can_be_added_again(
    connection: sqlite3.Connection, index: SqliteIndex
) -> None:
    connection.execute("BEGIN")
    index.add_flows([flow(service="crm")])
    connection.execute("ROLLBACK")
    index.add_flows([flow(service="crm")])
    assert index.search("flows", "service:crm").total == 1


def test_creating_twice_keeps_what_is_there(connection: sqlite3.Connection) -> None:
    SqliteIndex.create(connection).add_flows([flow()])
    assert SqliteIndex.create(connection).search("flows").total == 1


def test_another_version_is_refused_with_a_remedy(
    connection: sqlite3.Connection, index: SqliteIndex
) -> None:
    del index
    connection.execute("UPDATE index_meta SET value = '99' WHERE key = 'version'")
    with pytest.raises(ValueError, match=r"version 99.*new data folder"):
        SqliteIndex.open(connection)


def test_known_flows_are_those_stored(index: SqliteIndex) -> None:
    odd = 'it\'s "x" ünï'
    index.add_flows([flow(1), flow(2, id=odd)])
    assert index.known_flows(["flow-1", "flow-9", odd]) == {"flow-1", odd}
    assert index.known_flows([]) == set()
    assert index.known_flows(str(n) for n in range(50_000)) == set()


def test_commands_keep_their_order_and_number(index: SqliteIndex) -> None:
    said = [
        Command(at=START - timedelta(hours=n), action="acknowledge", alert=f"a{n}")
        for n in range(3)
    ]
    assert index.last_command() == 0
    for command in said:
        index.add_command(command)
    assert index.commands() == said
    assert index.commands(after=index.last_command() - 1) == said[-1:]
    assert index.commands(after=index.last_command()) == []


def test_the_newest_alert_of_a_group_is_that_of_its_last_generation(index: SqliteIndex) -> None:
    first, second = alert(1), alert(2, generation=1, status="closed", verdict="expected")
    index.put_alerts([second, first, alert(3, rule="weak-tls"), alert(4, subprocessor="STRIPE")])
    assert index.newest_alert("stripe", "category-not-allowed") == second
    assert index.newest_alert("Stripe", "category-not-allowed") is None
    assert index.newest_alert("stripe", "plaintext-http") is None


def test_one_way_of_sending_is_one_shape(
    connection: sqlite3.Connection, index: SqliteIndex
) -> None:
    way = {"service": "crm", "destination": "api.stripe.com"}
    counts = [
        (CategoryCount(name="user.name", values=n, fields=("body>json:$.n",)),) for n in range(9)
    ]
    index.add_flows([flow(n, size=n, categories=counts[n], **way) for n in range(9)])
    index.add_flows([flow(9, **way)])
    assert connection.execute("SELECT COUNT(*) FROM flow_shapes").fetchone() == (2,)


@pytest.mark.parametrize("query", ["category:user.name", "NOT registered:true service:crm", "crm"])
def test_questions_on_labels_are_counted_in_an_index_alone(
    connection: sqlite3.Connection, index: SqliteIndex, query: str
) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    index.search("flows", query, since=START)
    connection.set_trace_callback(None)
    (count,) = [text for text in statements if text.startswith("SELECT COUNT(*)")]
    plan = " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {count}"))
    assert "USING COVERING INDEX flows_1 (shape=? AND timestamp>?)" in plan


@pytest.mark.parametrize(
    ("what", "measure", "covering"),
    [("flows", "bytes", "flows_1"), ("flows", "", "flows_1"), ("sums", "values", "sums_1")],
)
def test_amounts_by_label_are_added_up_in_an_index_alone(
    connection: sqlite3.Connection, index: SqliteIndex, what: What, measure: str, covering: str
) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    index.top(what, "subprocessor", "category:user", measure=measure, since=START)
    connection.set_trace_callback(None)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[-1]}")]
    assert any(
        f"USING COVERING INDEX {covering} (shape=? AND timestamp>?)" in step for step in plan
    )


def test_people_of_whole_days_are_counted_from_few_sketches(
    connection: sqlite3.Connection, index: SqliteIndex
) -> None:
    minutes = [
        partial_sum(window=START + timedelta(minutes=n), service=f"s{n}", subjects=sketch([n % 7]))
        for n in range(50)
    ]
    for part in minutes:
        index.add_sums([part])
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert index.subjects("subprocessor:stripe")["user.contact.email"].value == 7
    connection.set_trace_callback(None)
    assert [text.partition("FROM ")[2].split()[0] for text in statements] == ["people_days"]
    assert connection.execute("SELECT COUNT(*) FROM people_days").fetchone() == (1,)


def test_a_reader_sees_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "egresswatch.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    index = SqliteIndex.create(writer)
    writer.execute("BEGIN")
    index.add_flows([flow()])
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    assert SqliteIndex.open(reader).search("flows").total == 0
    writer.execute("COMMIT")
    assert SqliteIndex.open(reader).search("flows").total == 1
    reader.close()
    writer.close()
