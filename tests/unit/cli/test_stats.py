"""`egresswatch top`, `timeline`, `fields`, `people`, `compare`, and exports of `search`."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
import msgspec
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from alerts.index.sqlite import SqliteIndex
from detectors.distinct import sketch
from detectors.records import CategoryCount, encode
from monitor.cli.about import fields_command
from monitor.cli.search import search_command
from monitor.cli.stats import (
    compare_command,
    people_command,
    timeline_command,
    top_command,
)
from monitor.state.database import open_database
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum

EMAIL = (CategoryCount(name="user.contact.email", values=2, fields=("body>json:$.e",)),)
FLOWS = [
    flow(0, service="crm", size=100, categories=EMAIL),
    flow(1, service="web", size=900),
    flow(3_600, service="crm", size=50, categories=EMAIL),
    flow(7_200, service="=cmd()", subprocessor="@evil", size=2**63),
]

Ask = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    connection = open_database(tmp_path)
    index = SqliteIndex.create(connection)
    index.add_flows(FLOWS)
    index.add_sums([partial_sum(subjects=sketch(range(n))) for n in (3, 5)])
    index.add_findings([finding()])
    index.put_alerts([alert()])
    index.add_dead_letters([dead_letter()])
    connection.close()
    return tmp_path


@pytest.fixture
def ask(data: Path) -> Ask:
    def run(command: click.Command, *words: str) -> Result:
        return CliRunner().invoke(command, [*words, "--data", str(data)])

    return run


def rows(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_top_says_who_and_since_when(ask: Ask) -> None:
    assert rows(ask(top_command, "service", "subprocessor:stripe")) == [
        ["service", "flows", "first (UTC)", "last (UTC)"],
        ["crm", "2", "2026-01-05 12:00:00", "2026-01-05 13:00:00"],
        ["web", "1", "2026-01-05 12:00:01", "2026-01-05 12:00:01"],
    ]


def test_json_has_whole_times(ask: Ask) -> None:
    found = ask(top_command, "service", "service:web", "--output", "ndjson").stdout
    assert msgspec.json.decode(found) == {
        "service": "web",
        "flows": 1,
        "first": "2026-01-05T12:00:01Z",
        "last": "2026-01-05T12:00:01Z",
    }


def test_top_adds_up_what_it_is_told_to(ask: Ask) -> None:
    assert rows(ask(top_command, "service", "stripe", "--sum", "bytes")) == [
        ["service", "bytes"],
        ["web", "900"],
        ["crm", "150"],
    ]


def test_timeline_has_every_window(ask: Ask) -> None:
    words = ("subprocessor:stripe", "--by", "service", "--every", "30m")
    assert rows(ask(timeline_command, *words)) == [
        ["from (UTC)", "crm", "web"],
        ["2026-01-05 12:00:00", "1", "1"],
        ["2026-01-05 12:30:00", "0", "0"],
        ["2026-01-05 13:00:00", "1", "0"],
    ]
    assert rows(ask(timeline_command, "nobody")) == [["from (UTC)"]]


def test_fields_are_the_inventory_of_a_vendor(ask: Ask) -> None:
    assert rows(ask(fields_command, "stripe"))[1:] == [
        [
            "user.contact.email",
            "body>json:$.e",
            "2",
            "2026-01-05 12:00:00",
            "2026-01-05 13:00:00",
        ]
    ]
    assert rows(ask(fields_command, "stripe", "service:web"))[1:] == []
    assert rows(ask(fields_command, 'a" OR "b'))[1:] == []


def test_people_come_with_bounds(ask: Ask) -> None:
    (row,) = rows(ask(people_command, "subprocessor:stripe"))[1:]
    assert row == ["user.contact.email", "5", "5", "6"]


def test_compare_puts_the_largest_change_first(ask: Ask) -> None:
    middle = (START + timedelta(hours=1)).isoformat()
    periods = ("--before", "2026-01-05", middle, "--after", middle, "2026-01-06")
    assert rows(ask(compare_command, "subprocessor", *periods))[1:] == [
        ["@evil", "0", "1", "+1"],
        ["stripe", "2", "1", "-1"],
    ]


def test_json_has_the_names_of_the_columns(ask: Ask) -> None:
    result = ask(top_command, "service", "service:web", "--sum", "bytes", "--output", "ndjson")
    assert msgspec.json.decode(result.stdout) == {"service": "web", "bytes": 900}


def test_csv_holds_every_field_and_no_formula(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    result = ask(search_command, "--export", str(path))
    assert result.stdout == ""
    assert f"4 flows in {path}" in result.stderr
    with path.open(newline="") as file:
        newest, *others = csv.DictReader(file)
    assert newest["service.name"] == "'=cmd()"
    assert newest["egresswatch.subprocessor"] == "'@evil"
    assert others[0]["egresswatch.categories.name"] == "user.contact.email"
    assert others[0]["@timestamp"] == "2026-01-05T13:00:00Z"
    assert others[0]["destination.port"] == ""
    assert others[0]["egresswatch.registered"] == "false"


def test_ndjson_is_the_records_own(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "flows.ndjson"
    ask(search_command, "service:crm", "--export", str(path))
    assert path.read_bytes().splitlines() == [encode(FLOWS[2]), encode(FLOWS[0])]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", ["flows", "sums", "findings", "alerts", "dead-letters"])
def test_parquet_has_typed_columns(ask: Ask, tmp_path: Path, what: str) -> None:
    path = tmp_path / "records.parquet"
    assert ask(search_command, "--in", what, "--export", str(path)).exit_code == 0
    table = pq.read_table(path)
    assert table["@timestamp"][-1].as_py() == START
    if what == "flows":
        assert table["egresswatch.bytes"].to_pylist() == [2**62, 50, 900, 100]
        assert table["egresswatch.categories.name"][1].as_py() == ["user.contact.email"]


def test_nothing_found_is_an_empty_file_with_its_columns(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    ask(search_command, "service:nobody", "--export", str(path))
    assert pq.read_table(path).num_rows == 0


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        (top_command, ("servce",), "did you mean service?"),
        (top_command, ("service", "--sum", "port"), "cannot be added up"),
        (timeline_command, ("--every", "1x"), "a window is so long"),
        (timeline_command, ("--every", "0s"), "at least one"),
        (timeline_command, ("--every", "1s"), "more than 2000 windows"),
        (compare_command, ("service", "--before", "x", "y", "--after", "1d", "0s"), "a span"),
        (search_command, ("--export", "flows.xlsx"), "must end in .csv"),
    ],
)
def test_mistakes_exit_with_2(
    ask: Ask, command: click.Command, words: tuple[str, ...], says: str
) -> None:
    result = ask(command, *words)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        (
            search_command,
            ("vendor:strip",),
            "no flows have that subprocessor: did you mean stripe?",
        ),
        (top_command, ("service", "vendor:strip"), "did you mean stripe?"),
        (top_command, ("trace", "vendor:stripe"), "3 flows match; none has a trace"),
        (timeline_command, ("--since", "2026-12-24"), "4 flows match, from 2026-01-05 12:00 UTC"),
        (fields_command, ("strip",), "did you mean stripe?"),
        (fields_command, ("@evil",), "1 flows match; no personal data was found in them"),
        (people_command, ("vendor:strip",), "no sums have that subprocessor"),
        (
            compare_command,
            ("service", "vendor:strip", "--before", "2w", "1w", "--after", "1w", "0s"),
            "did you mean stripe?",
        ),
        (search_command, ("service:*zz*",), "nothing found"),
    ],
)
def test_an_empty_answer_says_why(
    ask: Ask, command: click.Command, words: tuple[str, ...], says: str
) -> None:
    result = ask(command, *words)
    assert result.exit_code == 0
    assert says in result.stderr


def test_people_are_estimated_by_the_fullest_category(ask: Ask) -> None:
    assert ask(people_command).stderr == "about 5 people (5 to 6), by user.contact.email\n"


def test_an_export_that_fails_leaves_what_was_there(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("last week's")
    path.chmod(0o644)
    assert ask(search_command, "servce:crm", "--export", str(path)).exit_code == 2
    assert path.read_text() == "last week's"
    assert ask(search_command, "--export", str(path)).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob("*flows*")] == ["flows.csv"]
