"""What is deleted when, and that nothing else is."""

import sqlite3
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from alerts.index import retention
from alerts.index.members import MemberSets
from alerts.index.retention import RetentionSettings, delete, expired
from alerts.index.sqlite import SqliteIndex
from detectors.membership import SetName, fingerprints, packed
from detectors.records import Members
from monitor.cli.index import retention_command
from monitor.clock import ManualClock
from monitor.runners.housekeeper import Housekeeper
from monitor.state.database import connect, open_database, transaction
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum

DAYS = RetentionSettings(
    flows=10, sums=20, findings=20, closed_alerts=30, dead_letters=10, members=20
)
NOW = START + timedelta(days=10)


@pytest.fixture
def connection(tmp_path: Path) -> Generator[sqlite3.Connection]:
    made = open_database(tmp_path)
    index, sets = SqliteIndex.create(made), MemberSets(made)
    sets.create()
    for days in (0, 1, 25, 40):
        moment = START - timedelta(days=days)
        index.add_flows([flow(days, timestamp=moment, service=f"s{days}")])
        index.add_sums([partial_sum(window=moment)])
        index.add_findings([finding(days, timestamp=moment)])
        index.add_dead_letters([dead_letter(days, timestamp=moment)])
        index.put_alerts(
            [
                alert(days, last=moment, status="closed", verdict="expected"),
                alert(days + 100, last=moment),
            ]
        )
        name = SetName("stripe", "user.name", moment.date().isoformat(), "k")
        sets.add(
            [
                Members(
                    day=moment,
                    subprocessor="stripe",
                    category="user.name",
                    key_id="k",
                    prints=packed(fingerprints(name, [days])),
                )
            ]
        )
    yield made
    made.close()


def ids(connection: sqlite3.Connection, what: str) -> set[str]:
    rows = SqliteIndex.open(connection).search(what).rows  # pyright: ignore
    return {row.get("event.id", row["@timestamp"]) for row in rows}


def test_days_go_as_a_whole_and_open_alerts_stay(connection: sqlite3.Connection) -> None:
    gone = delete(connection, DAYS, NOW, transaction)
    assert gone == {
        "flows": 3,  # the whole day that is ten days ago is kept, the one before is not
        "sums": 2,
        "findings": 2,
        "alerts": 2,
        "dead-letters": 3,
        "members": 2,
    }
    assert ids(connection, "flows") == {"flow-0"}
    assert len(ids(connection, "alerts")) == 2 + 4
    assert connection.execute("SELECT COUNT(*) FROM people_days").fetchone() == (2,)
    assert connection.execute("SELECT COUNT(*) FROM flow_shapes").fetchone() == (1,)
    assert delete(connection, DAYS, NOW, transaction)["flows"] == 0


def test_nothing_is_deleted_unless_asked(connection: sqlite3.Connection) -> None:
    assert delete(connection, RetentionSettings(), NOW, transaction) == {}
    assert len(ids(connection, "flows")) == 4


def test_what_would_go_is_what_goes(connection: sqlite3.Connection) -> None:
    would = {one.kind: one.records for one in expired(connection, DAYS, NOW)}
    gone = delete(connection, DAYS, NOW, transaction)
    gone.pop("members")
    assert would == gone


def test_transactions_are_small(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    index = SqliteIndex.open(connection)
    index.add_flows([flow(1_000 + n, timestamp=START - timedelta(days=99)) for n in range(7)])
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert delete(connection, DAYS, NOW, transaction)["flows"] == 10
    connection.set_trace_callback(None)
    assert statements.count("COMMIT") >= 6
    assert ids(connection, "flows") == {"flow-0"}


def test_searching_goes_on_after_deleting(connection: sqlite3.Connection) -> None:
    delete(connection, DAYS, NOW, transaction)
    index = SqliteIndex.open(connection)
    index.add_flows([flow(7), flow(8)])
    assert ids(connection, "flows") == {"flow-0", "flow-7", "flow-8"}
    assert [row["event.id"] for row in index.search("flows", "service:s0").rows] == ["flow-0"]


def test_the_housekeeper_works_once_a_day(connection: sqlite3.Connection, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    keeper = Housekeeper(lambda: connect(tmp_path / "egresswatch.db"), DAYS, clock)
    assert keeper.tidy()["flows"] == 3
    assert keeper.tidy() == {}
    clock.advance(86_400)
    assert keeper.tidy()["flows"] == 1
    keeper.start()
    keeper.stop()


def test_the_command_says_what_it_does(connection: sqlite3.Connection, tmp_path: Path) -> None:
    config = tmp_path / "egresswatch.yaml"
    config.write_bytes(
        msgspec.json.encode(
            {
                "data": ".",
                "registry": "r.yaml",
                "policy": "p.yaml",
                "inputs": [{"type": "stdin", "name": "in"}],
                "retention": {"flows": 1},
            }
        )
    )
    run = CliRunner().invoke
    dry = run(retention_command, ["--dry-run", "--config", str(config)])
    assert dry.stdout.startswith("flows: 4 before ")
    assert len(ids(connection, "flows")) == 4
    wet = run(retention_command, ["--compact", "--config", str(config)])
    assert wet.stdout == "flows: 4 deleted\n"
    assert ids(connection, "flows") == set()
