"""The example of a stream job, as a user runs it, over a real broker."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

import deploy.examples
from detectors.records import Finding
from tests.support.index_records import finding
from tests.support.live_space import LiveSpace

SCRIPT = Path(deploy.examples.__path__[0]) / "finding_feed.py"


@contextmanager
def feed(space: LiveSpace) -> Iterator[IO[str]]:
    """What the job writes while it runs."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "user.government_id"],
        cwd=space.folder,
        env=space.environment() | {"EGRESSWATCH_CONFIG": str(space.config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def passport(n: int) -> Finding:
    return finding(n, category="user.government_id.passport_number")


def next_id(lines: IO[str]) -> str:
    return msgspec.json.decode(lines.readline())["id"]


def test_it_tells_what_is_wanted_once_and_nothing_that_was_aborted(space: LiveSpace) -> None:
    findings = space.topics.findings
    space.write_records(findings, [passport(0)], commit=False)
    space.write_records(findings, [finding(1, category="user.name"), passport(2), passport(2)])
    with feed(space) as lines:
        assert next_id(lines) == passport(2).id
        space.write_records(findings, [passport(2), passport(3)])
        assert next_id(lines) == passport(3).id
    space.write_records(findings, [passport(0)], commit=False)
    space.write_records(findings, [passport(4)])
    with feed(space) as lines:
        # at least once: what it has told last may come again, and what was aborted never does
        while (told := next_id(lines)) != passport(4).id:
            assert told in {passport(2).id, passport(3).id}
