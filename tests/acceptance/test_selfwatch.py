"""The whole program watching itself: what is wrong with it is an alert like any other, and ends."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.acceptance.test_live import running, until
from tests.support.events import event
from tests.support.moments import at
from tests.support.receiver import receiving, refuse
from tests.support.workspace import Workspace

pytestmark = [pytest.mark.acceptance, pytest.mark.enable_socket]

LEAK = event(at(9), host="api.unknown.example.net", body={"email": "a@shop.example.org"})


def told(space: Workspace) -> list[tuple[str, str]]:
    """Of which rules the file was told, and why."""
    file = space.folder / "audit.ndjson"
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [(one["alert"]["rule.id"], one["why"]) for one in map(msgspec.json.decode, lines)]


def test_silence_and_dead_deliveries_are_told_and_their_end_is(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    with receiving() as hook, receiving() as switch:
        switch.key = "user-agent"
        hook.script([refuse(404)] * 9)
        space.configure(
            inputs=[{"type": "stdin", "name": "mirror"}],
            sinks=[
                {"type": "webhook", "name": "hook", "url": hook.url},
                {"type": "file", "name": "audit", "path": "audit.ndjson"},
            ],
            # all is for the hook, which is broken
            routing={
                "receivers": ["hook"],
                "routes": [{"match": {"rule": "source-silent"}, "receivers": ["audit"]}],
            },
            self_monitoring={
                "check_seconds": 0.05,
                "silent_minutes": 0.02,
                "window_minutes": 0.005,
                "heartbeat": {"url": switch.url, "method": "POST", "seconds": 1},
            },
        )
        with running(space, stdin=subprocess.PIPE) as process:
            until(lambda: ("source-silent", "first") in told(space), "its silence is told")
            assert process.stdin
            process.stdin.write(LEAK + b"\n")
            process.stdin.flush()
            until(lambda: ("source-silent", "resolved") in told(space), "and that it speaks")
            until(lambda: ("deliveries-dead", "first") in told(space), "the hook's end is told")
            until(lambda: ("deliveries-dead", "resolved") in told(space), "and no further ones")
            until(lambda: len(switch.requests) > 1, "it beats")
    listed = space.run("alerts", "list", "rule:deliveries-dead", "--all", "--output", "json")
    alert = msgspec.json.decode(listed.stdout)[0]
    assert alert["service.name"] == ["hook"]
    assert alert["title"] == "Alerts cannot be delivered by Egresswatch"
    assert [one["what"] for one in alert["egresswatch.history"]] == ["opened", "closed"]
