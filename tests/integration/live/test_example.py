"""The example of a stream job, as a user runs it, over a real broker."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from tests.support.index_records import partial_sum
from tests.support.live_space import LiveSpace


@contextmanager
def worker(space: LiveSpace) -> Iterator[IO[str]]:
    """What the job writes while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.examples.new_destinations", "worker"],
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


def next_host(lines: IO[str]) -> str:
    """The host of the next line of JSON; others are Faust's own greeting."""
    for line in lines:
        if line.startswith("{"):
            return msgspec.json.decode(line)["host"]
    raise AssertionError("the job has ended")


def test_it_tells_each_host_once_over_a_restart_and_none_that_was_aborted(space: LiveSpace) -> None:
    sums = space.topics.sums

    def sent_to(*hosts: str, commit: bool = True) -> None:
        space.write_records(sums, [partial_sum(destinations=hosts)], commit=commit)

    sent_to("aborted.stripe.com", commit=False)
    sent_to("api.stripe.com")
    with worker(space) as lines:
        assert next_host(lines) == "api.stripe.com"
        sent_to("api.stripe.com", "files.stripe.com")
        assert next_host(lines) == "files.stripe.com"
    sent_to("api.stripe.com", "files.stripe.com")
    sent_to("uploads.stripe.com")
    with worker(space) as lines:
        assert next_host(lines) == "uploads.stripe.com"
