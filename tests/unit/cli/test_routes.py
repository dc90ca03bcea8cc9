"""`egresswatch routes`: who would be told, and why."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from alerts.delivery import Outbox
from alerts.index.sqlite import SqliteIndex
from detectors.records import encode
from monitor.cli.routes import routes_group
from monitor.state.database import open_database, transaction
from tests.support.messages import alert, message
from tests.support.workspace import Workspace

ROUTING: dict[str, Any] = {
    "receivers": ["mail"],
    "intervals": {"office": "weekdays 08:00-18:00 Europe/Berlin"},
    "rotations": {
        "on-call": {
            "zone": "Europe/Berlin",
            "start": "2026-01-05 09:00",
            "members": ["pager-anna", "pager-bernd"],
        }
    },
    "routes": [
        {
            "name": "payments",
            "match": {"subprocessor": "stripe"},
            "routes": [
                {"name": "night", "unless": "office", "receivers": ["on-call"]},
                {"name": "day", "receivers": ["mail", "pager-bernd"]},
            ],
        }
    ],
}


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    space = Workspace(tmp_path)
    names = ["mail", "pager-anna", "pager-bernd"]
    space.configure(
        sinks=[{"type": "file", "name": name, "path": f"{name}.ndjson"} for name in names],
        routing=ROUTING,
    )
    return space


def run(space: Workspace, *words: str) -> Result:
    return CliRunner().invoke(routes_group, [*words, "--config", str(space.config)])


def test_an_alert_in_a_file_is_routed_as_at_a_moment(space: Workspace) -> None:
    file = space.folder / "alert.json"
    file.write_bytes(encode(alert(subjects={})))
    night = run(space, "test", str(file), "--at", "2026-03-02T22:00+01:00")
    assert night.exit_code == 0, night.output
    assert "\npager-bernd\t" not in night.stdout
    assert "pager-anna\tpayments > night" in night.stdout
    assert "  day\tno\tnight took it, and does not continue" in night.stdout
    noon = run(space, "test", str(file), "--at", "2026-03-02T12:00+01:00")
    assert "At 2026-03-02 11:00:00 UTC (office):" in noon.stdout
    assert "mail\tpayments > day" in noon.stdout
    assert "  night\tno\ttime must not be office, and is office" in noon.stdout


def test_a_stored_alert_is_found_by_the_beginning_of_its_id(space: Workspace) -> None:
    stored = alert("abcdef12")
    connection = open_database(space.folder / "data")
    with transaction(connection):
        SqliteIndex.create(connection).put_alerts([stored])
        outbox = Outbox(connection)
        outbox.create()
        outbox.tell(message("abcdef12"), ["mail"])
    connection.close()
    result = run(space, "test", "abcdef", "--at", "2026-03-02T12:00+01:00")
    assert result.exit_code == 0, result.output
    assert "mail\tpayments > day" in result.stdout
    assert "Its end is told those who know of it: mail" in result.stdout
    assert run(space, "test", "fedcba").exit_code == 2


def test_the_tree_is_drawn_with_receivers_and_hours(space: Workspace) -> None:
    result = run(space, "show")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "default -> mail"
    assert lines[1] == "└── payments [subprocessor=stripe] -> mail"
    assert lines[2].startswith("    ├── night [unless office] -> on-call (now pager-")
    assert lines[3] == "    └── day [any alert] -> mail, pager-bernd"
    assert lines[4].endswith("): weekdays 08:00-18:00 Europe/Berlin")


def test_a_wrong_tree_is_refused_with_its_place(space: Workspace) -> None:
    routes = [{"name": "a", "receivers": ["mial"]}, {"name": "b"}]
    space.configure(
        sinks=[{"type": "file", "name": "mail", "path": "m.ndjson"}], routing={"routes": routes}
    )
    result = run(space, "show")
    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert first.endswith(
        "routing.routes[0].receivers: there is no sink or rotation mial; did you mean mail?"
    )
    assert "routing.routes[1]: b can match nothing: a before it takes everything" in second
