"""`egresswatch about`: one sub-processor at a glance."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from alerts.index.sqlite import SqliteIndex
from detectors.distinct import sketch
from detectors.records import CategoryCount, Violation
from monitor.cli.about import about_command
from monitor.state.database import open_database
from tests.support.index_records import alert, flow, partial_sum

EMAIL = (
    CategoryCount(name="user.contact.email", values=2, fields=("body>json:$.a", "body>json:$.b")),
)
ODD = 'a "b" OR *\\'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    connection = open_database(tmp_path)
    index = SqliteIndex.create(connection)
    broken = (Violation(rule="weak-tls"),)
    index.add_flows(
        [
            flow(0, service="crm", destination="api.stripe.com", size=100, categories=EMAIL),
            flow(60, service="web", destination="api.stripe.com", size=50, violations=broken),
            flow(5, subprocessor=ODD),
        ]
    )
    index.add_sums([partial_sum(subjects=sketch(range(3)))])
    index.put_alerts([alert(0), alert(1, status="closed", verdict="expected")])
    connection.close()
    return tmp_path


def ask(data: Path, *words: str) -> Result:
    result = CliRunner().invoke(about_command, [*words, "--data", str(data)])
    assert result.exit_code == 0, result.output
    return result


def test_all_questions_are_answered_at_once(data: Path) -> None:
    assert ask(data, "stripe").stdout.splitlines() == [
        "stripe: 2 requests, 150 bytes of bodies, from 2026-01-05 12:00:00 to 2026-01-05 12:01:00 "
        "UTC",
        "alerts so far: 1 closed, 1 open",
        "",
        "category\tflows\tfields\tpeople\tat least\tat most\tfirst (UTC)\tlast (UTC)",
        "user.contact.email\t1\t2\t3\t3\t4\t2026-01-05 12:00:00\t2026-01-05 12:00:00",
        "",
        "service\tflows\tfirst (UTC)\tlast (UTC)",
        "crm\t1\t2026-01-05 12:00:00\t2026-01-05 12:00:00",
        "web\t1\t2026-01-05 12:01:00\t2026-01-05 12:01:00",
        "",
        "destination\tflows\tfirst (UTC)\tlast (UTC)",
        "api.stripe.com\t2\t2026-01-05 12:00:00\t2026-01-05 12:01:00",
        "",
        "broken rule\tflows\tfirst (UTC)\tlast (UTC)",
        "weak-tls\t1\t2026-01-05 12:01:00\t2026-01-05 12:01:00",
    ]


def test_alerts_are_told_whenever_they_were_opened(data: Path) -> None:
    lines = ask(data, "stripe", "--since", "2026-01-05T12:00:30Z").stdout.splitlines()
    assert lines[0].startswith("stripe: 1 requests, 50 bytes")
    assert lines[1] == "alerts so far: 1 closed, 1 open"


def test_json_has_the_same(data: Path) -> None:
    found = msgspec.json.decode(ask(data, "stripe", "--output", "ndjson").stdout)
    assert (found["flows"], found["bytes"], found["last"]) == (2, 150, "2026-01-05T12:01:00Z")
    (category,) = found["categories"]
    assert category["people"] == {"value": 3, "low": 3, "high": 4}
    assert [one["value"] for one in found["services"]] == ["crm", "web"]


def test_a_name_is_a_name_whatever_is_in_it(data: Path) -> None:
    assert ask(data, ODD).stdout.startswith(f"{ODD}: 1 requests")


def test_an_unknown_name_is_told_with_the_nearest(data: Path) -> None:
    result = ask(data, "strip", "--output", "json")
    assert result.stdout == "[]\n"
    assert "did you mean stripe?" in result.stderr
