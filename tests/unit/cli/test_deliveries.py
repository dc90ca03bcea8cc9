from pathlib import Path

import msgspec
from click.testing import CliRunner

from alerts.delivery import Outbox
from alerts.index.sqlite import SqliteIndex
from monitor.cli import main
from monitor.state.database import open_database
from tests.support.messages import NOW, message


def folder_with_deliveries(folder: Path) -> Path:
    connection = open_database(folder)
    SqliteIndex.create(connection)
    outbox = Outbox(connection)
    outbox.create()
    outbox.add([message("m1"), message("m2")], ["hook", "log"])
    due = outbox.due("log", NOW)
    assert due
    outbox.bury(outbox.claim(due, NOW).key, "the disk is full", in_doubt=False)
    connection.close()
    return folder


def asked(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["deliveries", "--data", str(folder), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_ledger_says_what_went_where_and_what_failed(tmp_path: Path) -> None:
    folder = folder_with_deliveries(tmp_path)

    rows = [line.split("\t") for line in asked(folder).splitlines()]

    assert rows[0] == ["decided", "sink", "alert", "why", "state", "tries", "last error"]
    assert len(rows) == 5
    assert [row[1:] for row in rows if row[4] == "dead"] == [
        ["log", "m1", "first", "dead", "1", "the disk is full"]
    ]


def test_it_can_be_narrowed_and_read_by_programs(tmp_path: Path) -> None:
    folder = folder_with_deliveries(tmp_path)

    hook = msgspec.json.decode(asked(folder, "--sink", "hook", "--output", "json"))
    dead = asked(folder, "--state", "dead", "--output", "ndjson").splitlines()

    assert {one["state"] for one in hook} == {"pending"}
    assert len(hook) == 2
    assert [msgspec.json.decode(line)["sink"] for line in dead] == ["log"]
    assert len(asked(folder, "--alert", "zz").splitlines()) == 1


def test_dead_deliveries_of_a_sink_can_be_revived(tmp_path: Path) -> None:
    folder = folder_with_deliveries(tmp_path)
    assert "1 dead deliveries of log will be tried again" in asked(folder, "--revive", "log")
    assert "dead" not in asked(folder)
