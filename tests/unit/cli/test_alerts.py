"""`egresswatch alerts`: the queue, the page of one alert, and answers."""

import getpass
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from alerts.index.sqlite import SqliteIndex
from detectors.records import Alert, Command, Evidence, HistoryEntry, encode
from detectors.records.alert import Reason
from monitor.cli import output as output_module
from monitor.cli.alert_page import alert_page
from monitor.cli.alerts import alerts_group
from monitor.state.database import connect, open_database
from tests.support.index_records import START, alert, finding

INCIDENT = alert(
    1,
    id="a1b2c3d4e5f6",
    services=("crm", "billing"),
    categories=("user.contact.email",),
    fields=("body>json:$.email", "url>query:e"),
    destinations=("api.stripe.com",),
    reasons=(Reason(finding="finding-1", score=3.0, message="much more than usual"),),
    events=1234,
    values=5678,
    subjects_estimate=870,
    subjects_low=857,
    subjects_high=884,
)
CLOSED = alert(2, id="ffff0000", status="closed", verdict="expected", severity="low")
NUMBERS = Evidence(
    metric="events", observed=1200, expected=100, low=80, high=120, visits=14, period="Mon 12h"
)

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    connection = open_database(tmp_path)
    index = SqliteIndex.create(connection)
    index.put_alerts([INCIDENT, CLOSED])
    index.add_findings([finding(1, category="user.name", evidence=NUMBERS)])
    connection.close()
    return tmp_path


@pytest.fixture
def run(data: Path) -> Run:
    return lambda *words: CliRunner().invoke(alerts_group, [*words, "--data", str(data)])


def stored(data: Path) -> tuple[Alert | None, list[Command]]:
    connection = connect(data / "egresswatch.db")
    index = SqliteIndex.open(connection)
    found = index.alert(INCIDENT.id), index.commands()
    connection.close()
    return found


def test_the_list_is_what_waits(run: Run) -> None:
    head, row = run("list").stdout.splitlines()
    assert head.startswith("opened (UTC)\tid\tseverity\tstatus")
    assert row.split("\t")[:4] == ["2026-01-05 12:00:01", "a1b2c3d4", "high", "open"]


def test_the_list_may_be_of_all_and_be_narrowed(run: Run) -> None:
    assert len(run("list", "--all").stdout.splitlines()) == 3
    assert len(run("list", "severity:low", "--all").stdout.splitlines()) == 2
    assert len(run("list", "severity:low OR severity:high").stdout.splitlines()) == 2
    assert len(run("list", "--all", "--since", "2026-01-06").stdout.splitlines()) == 1


def test_an_error_in_the_lists_query_has_the_users_position(run: Run) -> None:
    result = run("list", "severity:)")
    assert result.exit_code == 2
    assert "at position 10" in result.stderr


def test_the_page_says_all_an_analyst_needs(run: Run) -> None:
    text = " ".join(run("show", "a1b2").stdout.split())
    for part in (
        "HIGH A category that is not allowed went to Stripe",
        "open · alert a1b2c3d4e5f6",
        "2026-01-05 12:00:01 UTC",
        "1,234 requests with 5,678 personal values",
        "about 870 (95 % sure: 857 to 884)",
        "1,200 events of user.name; usual are 80 to 120, middle 100 (12.0x)",
        "learnt from 14 visits of Mon 12h",
        "much more than usual",
        "api.stripe.com",
        "crm, billing",
        "user.contact.email",
        "body>json:$.email",
        "Stop sending it, or allow it in policy.yaml.",
        "egresswatch alerts ack a1b2c3d4",
        "opened",
    ):
        assert part in text, part


def test_the_search_it_offers_is_one_that_runs() -> None:
    page = alert_page(INCIDENT, [], START + timedelta(days=3))
    query = "'subprocessor:\"stripe\" AND violation:category-not-allowed'"
    assert (
        f"egresswatch search {query} --since 2026-01-05T12:00:01Z --until 2026-01-05T12:06:01Z"
        in page
    )
    assert "(2 days ago)" in page


def test_the_page_leaves_out_what_there_is_not() -> None:
    page = alert_page(CLOSED, [finding()], START + timedelta(minutes=90))
    for label in ("How much", "People", "Compared to", "Sent by", "Fields", "Whose", "Muted by"):
        assert label not in page
    assert "closed as expected" in page
    assert "egresswatch alerts reopen ffff0000" in page
    assert "(89 min ago)" in page


def test_the_page_has_no_control_characters() -> None:
    nasty = msgspec.structs.replace(
        INCIDENT,
        destinations=("a\x1b[2J",),
        history=(HistoryEntry(at=START, what="closed", who="x\x07", note="n\u202e"),),
    )
    page = alert_page(nasty, [], START)
    assert not {"\x1b", "\x07", "\u202e"} & set(page)
    assert "closed by x : n" in page


def test_show_as_json_is_the_record(run: Run) -> None:
    (row,) = msgspec.json.decode(run("show", "a1b2", "--output", "json").stdout)
    assert row == msgspec.json.decode(encode(INCIDENT))


def test_ack_keeps_the_command_and_the_alert(run: Run, data: Path) -> None:
    result = run("ack", "a1b2", "--who", "zoe", "--note", "mine")
    assert result.stdout == "alert a1b2c3d4 is acknowledged\n"
    found, commands = stored(data)
    assert found is not None
    assert (found.status, found.version) == ("acknowledged", INCIDENT.version + 1)
    assert (found.history[-1].who, found.history[-1].note) == ("zoe", "mine")
    assert [(c.action, c.alert, c.who, c.version) for c in commands] == [
        ("acknowledge", INCIDENT.id, "zoe", INCIDENT.version)
    ]


def test_every_answer_is_kept_with_what_it_makes_of_the_alert(run: Run, data: Path) -> None:
    assert run("assign", "a1b2", "--to", "zoe").stdout == "alert a1b2c3d4 is zoe's\n"
    assert run("note", "a1b2", "asked the owner").exit_code == 0
    assert run("close", "a1b2", "--verdict", "duplicate", "--of", "ffff").exit_code == 0
    assert "closed as duplicate of ffff0000" in run("show", "a1b2").stdout
    assert run("reopen", "a1b2", "--note", "it was not").exit_code == 0
    found, commands = stored(data)
    assert found is not None
    assert [entry.what for entry in found.history[-4:]] == [
        "assigned",
        "noted",
        "closed",
        "reopened",
    ]
    assert (found.status, found.verdict, found.duplicate_of) == ("open", None, "")
    assert (found.assignee, found.reopened) == ("zoe", 1)
    assert [one.action for one in commands] == ["assign", "note", "close", "reopen"]
    assert commands[2].duplicate_of == CLOSED.id


def test_an_answer_to_what_has_changed_since_it_was_read_is_refused(run: Run, data: Path) -> None:
    seen = str(INCIDENT.version)
    assert run("ack", "a1b2", "--version", seen).exit_code == 0
    result = run("close", "a1b2", "--verdict", "expected", "--version", seen)
    assert result.exit_code == 2
    assert f"version {INCIDENT.version + 1}, not {seen}" in result.stderr
    assert len(stored(data)[1]) == 1


def test_close_keeps_the_verdict(run: Run, data: Path) -> None:
    assert run("close", "a1b2", "--verdict", "false-positive").exit_code == 0
    found, (command,) = stored(data)
    assert found is not None
    assert (found.status, found.verdict) == ("closed", "false-positive")
    assert (command.verdict, command.who) == ("false-positive", getpass.getuser())
    assert len(run("list").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "zzz"), "no such alert"),
        (("ack", "zzz"), "no such alert"),
        (("ack", "ffff"), "closed already"),
        (("close", "a1b2"), "--verdict"),
        (("close", "a1b2", "--verdict", "maybe"), "--verdict"),
        (("close", "a1b2", "--verdict", "expected", "--of", "ffff"), "only the verdict"),
        (("close", "a1b2", "--verdict", "duplicate", "--of", "a1b2"), "no duplicate of itself"),
        (("close", "a1b2", "--verdict", "duplicate", "--of", "zzz"), "no such alert"),
        (("reopen", "a1b2"), "is not closed"),
        (("note", "a1b2", ""), "a note needs words"),
    ],
)
def test_what_cannot_be_done_exits_with_2(run: Run, words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert says in result.stderr


def test_what_fails_half_way_keeps_nothing(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: SqliteIndex, alerts: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqliteIndex, "put_alerts", fails)
    assert run("ack", "a1b2").exit_code == 2
    assert stored(data) == (INCIDENT, [])


def test_a_user_without_a_name_is_unknown(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nameless)
    run("ack", "a1b2")
    assert stored(data)[1][0].who == "unknown"


def test_an_answer_waits_for_the_batch_under_way(run: Run, data: Path) -> None:
    runner = connect(data / "egresswatch.db")
    runner.execute("BEGIN IMMEDIATE")
    results: list[Result] = []
    asking = threading.Thread(target=lambda: results.append(run("ack", "a1b2")))
    asking.start()
    asking.join(0.3)
    assert asking.is_alive()
    runner.execute("COMMIT")
    asking.join(10)
    runner.close()
    assert results[0].exit_code == 0
    assert len(stored(data)[1]) == 1


def test_a_database_that_stays_locked_says_to_try_again(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=0, isolation_level=None)

    monkeypatch.setattr(output_module, "connect", hurried)
    runner = connect(data / "egresswatch.db")
    runner.execute("BEGIN IMMEDIATE")
    result = run("ack", "a1b2")
    runner.execute("ROLLBACK")
    runner.close()
    assert result.exit_code == 2
    assert "busy: try again" in result.stderr
