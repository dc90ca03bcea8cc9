"""`egresswatch search`: what a person, and what a program, gets to read."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from alerts.index.sqlite import SqliteIndex
from detectors.records import CategoryCount, Violation, encode
from monitor.cli.search import search_command
from monitor.state.database import open_database
from tests.support.index_records import alert, dead_letter, finding, flow, partial_sum

FLOW = flow(
    1,
    service="crm",
    destination="api.stripe.com",
    size=120,
    categories=(CategoryCount(name="user.name", values=2, fields=("body>json:$.n",)),),
    violations=(Violation(rule="weak-tls"),),
)

Search = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    connection = open_database(tmp_path)
    index = SqliteIndex.create(connection)
    index.add_flows([FLOW, flow(2), flow(3)])
    index.put_alerts([alert()])
    index.add_findings([finding()])
    index.add_sums([partial_sum(late=True)])
    index.add_dead_letters([dead_letter()])
    connection.close()
    return tmp_path


@pytest.fixture
def search(data: Path) -> Search:
    return lambda *words: CliRunner().invoke(search_command, [*words, "--data", str(data)])


def test_a_pipe_gets_tab_separated_lines(search: Search) -> None:
    result = search("service:crm")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "time (UTC)\tservice\tsub-processor\tdestination\tcategories\tvalues\tsuppressed\tbytes\t"
        "violations",
        "2026-01-05 12:00:01\tcrm\tstripe\tapi.stripe.com\tuser.name\t2\t\t120\tweak-tls",
    ]
    assert result.stderr == "1 of 1 flows\n"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("alerts", "2026-01-05 12:00:00\t"),
        ("findings", "2026-01-05 12:00:00\tcategory-not-allowed\tstripe"),
        ("sums", "2026-01-05 12:00:00\tbilling\tstripe\tuser.contact.email\t1\t2\t100\tyes"),
        ("dead-letters", "2026-01-05 12:00:00\tfile:events.ndjson\t0\tmalformed-json"),
    ],
)
def test_every_kind_of_record_has_its_table(search: Search, what: str, line: str) -> None:
    head, row = search("--in", what).stdout.splitlines()
    assert row.startswith(line)
    assert len(head.split("\t")) == len(row.split("\t"))


def test_json_is_the_records_own(search: Search) -> None:
    assert msgspec.json.decode(search("service:crm", "--output", "json").stdout) == [
        msgspec.json.decode(encode(FLOW))
    ]
    lines = search("--output", "ndjson").stdout.splitlines()
    assert len(lines) == 3
    assert lines[-1].encode() == encode(FLOW)


def test_nothing_found_is_an_empty_answer(search: Search) -> None:
    assert search("service:nobody", "--output", "json").stdout == "[]\n"
    assert search("service:nobody", "--output", "ndjson").stdout == ""
    assert len(search("service:nobody").stdout.splitlines()) == 1


def test_pages_follow_one_another(search: Search) -> None:
    first = search("--limit", "2", "--output", "ndjson")
    token = first.stderr.strip().rpartition("--after ")[2]
    second = search("--limit", "2", "--output", "ndjson", "--after", token)
    ids = [
        msgspec.json.decode(line)["event.id"]
        for line in (first.stdout + second.stdout).splitlines()
    ]
    assert ids == ["flow-3", "flow-2", "flow-1"]
    assert second.stderr == "1 of 3 flows\n"


def test_since_and_until_bound_the_answer(search: Search) -> None:
    result = search("--since", "2026-01-05T12:00:02Z", "--until", "2026-01-05T12:00:03Z")
    assert result.stderr == "1 of 1 flows\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("subprocesor:x",), "did you mean subprocessor?"),
        (("service:(",), "ends too early"),
        (("--since", "yesterday"), "a span before now"),
        (("--after", "damaged"), "token"),
        (("--limit", "0"), "limit"),
    ],
)
def test_mistakes_exit_with_2_and_say_so(search: Search, words: tuple[str, ...], says: str) -> None:
    result = search(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr


def test_the_configuration_says_where_the_data_is(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "egresswatch.yaml"
    config.write_text(
        "data: .\nregistry: r.yaml\npolicy: p.yaml\n"
        "inputs: [{type: stdin, name: in, format: ecs}]\n"
    )
    result = CliRunner().invoke(search_command, ["service:crm", "--config", str(config)])
    assert result.stderr == "1 of 1 flows\n"
    config.write_text("data: .\n")
    result = CliRunner().invoke(search_command, ["service:crm", "--config", str(config)])
    assert result.exit_code == 2
    assert [line.count("egresswatch.yaml") for line in result.stderr.splitlines()] == [1, 1, 1]


def test_a_missing_database_says_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(search_command, ["--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "has `egresswatch run` written there yet?" in result.stderr


def test_no_folder_at_all_says_what_to_give() -> None:
    result = CliRunner().invoke(search_command, [], env={"EGRESSWATCH_DATA": ""})
    assert result.exit_code == 2
    assert "--data FOLDER or --config FILE" in result.stderr


def test_a_file_that_is_no_database_is_an_error_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "egresswatch.db").write_bytes(b"no database" * 100)
    result = CliRunner().invoke(search_command, ["--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_another_database_is_an_error_not_a_crash(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "egresswatch.db").execute("CREATE TABLE x (y)").connection.close()
    result = CliRunner().invoke(search_command, ["--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "is this a data folder of Egresswatch?" in result.stderr


def test_a_broken_pipe_of_control_characters_stays_on_its_line(tmp_path: Path) -> None:
    connection = open_database(tmp_path)
    index = SqliteIndex.create(connection)
    index.add_flows([flow(1, service="a\x1b[31m\tb\nc\u202e", destination="[bold]x[/bold]")])
    connection.close()
    result = CliRunner().invoke(search_command, ["--data", str(tmp_path)])
    assert result.stdout.splitlines()[1].split("\t")[1] == "a [31m b c "
    assert "[bold]x[/bold]" in result.stdout


def test_searching_writes_nothing(search: Search, data: Path) -> None:
    before = (data / "egresswatch.db").read_bytes()
    search("stripe")
    assert (data / "egresswatch.db").read_bytes() == before
