"""The whole program with routes: each receiver gets what is its own, and learns of its end."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.events import event
from tests.support.moments import at
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance

SINKS = [
    {"type": "file", "name": name, "path": f"{name}.ndjson"} for name in ("mail", "chat", "pager")
]
REGISTERED = {"name": "vendors", "match": {"subprocessor": ["stripe", "hubspot"]}}
STRANGERS = {"name": "strangers", "match": {"rule": "unregistered-subprocessor"}}


def got(space: Workspace, sink: str) -> list[tuple[str, str, str]]:
    """What a sink was told: of whom, why, by which route."""
    file = space.folder / f"{sink}.ndjson"
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [
        (one["alert"]["egresswatch.subprocessor"], one["why"], one["route"])
        for one in map(msgspec.json.decode, lines)
    ]


def ran(space: Workspace, routes: list[dict[str, Any]]) -> None:
    space.configure(sinks=SINKS, routing={"receivers": ["mail"], "routes": routes})
    finished = space.run("run")
    assert finished.returncode == 0, finished.stderr


def test_each_receiver_gets_its_own_and_the_end_goes_to_those_who_were_told(
    tmp_path: Path,
) -> None:
    space = Workspace(tmp_path)
    body = {"email": "a@shop.example.org"}
    space.write(
        "one.ndjson",
        [
            event(at(9), host="api.unknown.example.net", body=body),
            event(at(9), scheme="http", body=body),
        ],
    )
    ran(space, [{**REGISTERED, "receivers": ["chat"]}, {**STRANGERS, "receivers": ["pager"]}])
    assert got(space, "mail") == []
    assert got(space, "chat") == [("stripe", "first", "vendors")]
    assert got(space, "pager") == [("example.net", "first", "strangers")]
    listed = space.run("alerts", "list", "subprocessor:stripe", "--output", "json").stdout
    (stored,) = msgspec.json.decode(listed)
    alert = stored["event.id"]
    assert space.run("alerts", "close", alert, "--verdict", "true-positive").returncode == 0
    # by now all goes elsewhere, and a new incident does
    space.write("two.ndjson", [event(at(9, 5), scheme="http", host="api.hubapi.com", body=body)])
    ran(space, [{**REGISTERED, "receivers": ["mail"]}])
    assert ("stripe", "resolved", "") in got(space, "chat")
    assert got(space, "mail") == [("hubspot", "first", "vendors")]
    told = msgspec.json.decode((tmp_path / "mail.ndjson").read_bytes().splitlines()[0])
    assert "receivers" not in told
