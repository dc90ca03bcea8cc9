"""Bad input: each goes to the dead letters or is scanned within its bounds; the run goes on."""

import base64
import gzip
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from tests.support.events import event
from tests.support.moments import at
from tests.support.snapshot import snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance


def packed(content: bytes, *, encoding: str = "gzip") -> bytes:
    body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    return event(at(10), http={"request": {"headers": headers, "body": body}})


def test_every_kind_of_bad_input_is_accounted_for_and_the_run_exits_with_0(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(batch={"records": 3})
    good = event(at(9), body={"email": "jane@shop.example.org"})
    bomb, small_bomb = (
        gzip.compress(b'{"a":"' + b" " * size * 1024 * 1024 + b'"}') for size in (64, 4)
    )
    assert len(small_bomb) * 900 < 4 * 1024 * 1024
    future = SystemClock().now() + timedelta(days=3650)
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    refused = [
        b"{not json",
        b"[1, 2]",
        b"\x00\x01\x02\xff\xfe",
        b'{"@timestamp": "soon"}',
        b'{"service": {"name": "x"}}',
        b'{"@timestamp": "2026-03-02T10:00:00", "service": {}}',
        b'{"@timestamp": "2026-03-02T10:00:00Z", "service": 7}',
        b'{"@timestamp": "0001-01-01T00:00:00Z"}',
        b'{"@timestamp": "2026-03-02T10:00:00Z", "http": ' + b'{"request":' * 10_000 + b"1",
        event(future),
    ]
    scanned = [
        packed(bomb),
        packed(small_bomb),
        packed(gzip.compress(b'{"email":"a@b.example.org", "rest": "' + b"x" * 9999)[:-20]),
        packed(zlib.compress(b'{"email":"a@b.example.org"}'), encoding="deflate"),
        packed(deep, encoding="identity"),
        packed('{"name":"Jürgen Müller"}'.encode("latin-1"), encoding="identity"),
        packed(bytes(range(256)) * 20, encoding="identity"),
        packed(b"\x1f\x8b\x08\x00garbage"),
    ]
    space.write("bad.ndjson", [good, *refused, *scanned, good])
    (space.traffic / "cut.ndjson.gz").write_bytes(gzip.compress(good + b"\n" + good * 50)[:-30])
    (space.traffic / "cut.har").write_bytes(b'{"log":{"entries":[{"startedDateTime":')
    with (space.traffic / "long.ndjson").open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\n" + good + b"\n")

    ran = space.run("run", "--config", str(space.config))

    assert ran.returncode == 0, ran.stderr
    stored = snapshot(tmp_path / "data")
    letters = [(row["egresswatch.partition"], row["error.code"]) for row in stored["dead-letters"]]
    mine = [code for partition, code in letters if partition == "traffic:bad.ndjson"]
    assert len(mine) == len(refused)
    assert set(mine) == {
        "malformed-json",
        "wrong-type",
        "bad-timestamp",
        "implausible-timestamp",
        "future-timestamp",
        "too-deep",
    }
    assert ("traffic:cut.ndjson.gz", "corrupt-gzip") in letters
    assert ("traffic:cut.har", "malformed-har") in letters
    assert ("traffic:long.ndjson", "record-too-large") in letters
    reasons = {
        one["reason"] for row in stored["flows"] for one in row.get("egresswatch.uninspected", [])
    }
    assert reasons >= {
        "over-size-budget",
        "over-expansion-ratio",
        "corrupt-encoding",
        "over-depth",
        "binary",
    }
    assert len(stored["flows"]) == len(scanned) + 2 + 1 + 1
    assert all(
        row["error.message"] and row["egresswatch.offset"] >= 0 for row in stored["dead-letters"]
    )


def test_a_wrong_configuration_exits_with_2_and_tells_everything_at_once(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.config.write_text(
        "data: data\n"
        "registry: subprocessors.yaml\n"
        "policy: missing.yaml\n"
        "batch: {recordz: 5}\n"
        "inputs:\n"
        "  - {type: files, name: a, paths: [x], format: xml}\n"
        "sinks:\n"
        "  - {type: webhook, name: hook, url: 'https://user:s3cret@h.example/'}\n"
        "  - {type: pager, name: p}\n"
    )

    ran = space.run("run", "--config", str(space.config))

    assert ran.returncode == 2
    report = ran.stderr.splitlines()
    assert any(":4: batch.recordz: unknown key; did you mean 'records'?" in line for line in report)
    assert any(":6: inputs[0].files.format: " in line for line in report)
    assert any(":9: sinks[1]" in line for line in report)
    assert "s3cret" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_problems_of_registry_and_policy_come_in_one_report(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    (tmp_path / "subprocessors.yaml").write_text("subprocessors:\n  - {id: a, domains: [com]}\n")
    (tmp_path / "policy.yaml").write_text("default:\n  allowed: [mail]\n")

    ran = space.run("run", "--config", str(space.config))

    assert ran.returncode == 2
    assert "subprocessors.yaml:2:" in ran.stderr
    assert "policy.yaml:2:" in ran.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"token_file": "missing"}, "input http: token_file: there is no such file"),
        ({"token": "t", "host": "192.0.2.1"}, "host, port: cannot listen on 192.0.2.1"),
    ],
)
def test_an_input_that_cannot_start_exits_with_2_and_its_remedy(
    tmp_path: Path, given: dict[str, str], told: str
) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "http", "port": 0, **given}])

    ran = space.run("run")

    assert ran.returncode == 2
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr
