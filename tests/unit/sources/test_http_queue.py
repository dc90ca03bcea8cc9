"""What an IngestQueue admits, holds and forgets."""

import pytest

from monitor.sources import http_queue
from monitor.sources.framing import Line
from monitor.sources.http_queue import Admitted, IngestQueue, Refused


def lines(*texts: bytes) -> list[Line]:
    return [Line(0, len(text), text) for text in texts]


def admit(queue: IngestQueue, key: str, *texts: bytes) -> Admitted:
    admitted = queue.admit(key, str(texts), lines(*texts))
    assert isinstance(admitted, Admitted)
    return admitted


def drain(queue: IngestQueue) -> int:
    count = len(list(iter(queue.read, None)))
    queue.committed()
    return count


def test_bytes_are_bounded_as_well_as_records() -> None:
    queue = IngestQueue("q", capacity=100, capacity_bytes=10)
    admit(queue, "a", b"x" * 8)
    assert queue.admit("b", "", lines(b"x" * 3)) is Refused.FULL
    admit(queue, "c", b"xx")
    assert drain(queue) == 2
    admit(queue, "d", b"x" * 10)


def test_only_finished_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_queue, "_REMEMBERED_KEYS", 2)
    queue = IngestQueue("q", capacity=100, capacity_bytes=100)
    first = admit(queue, "a", b"1")
    for key in "bcd":
        admit(queue, key, b"1")
    assert admit(queue, "a", b"1") is first
    assert drain(queue) == 4
    admit(queue, "e", b"1")
    assert admit(queue, "a", b"1") is not first


def test_after_the_stop_nothing_is_admitted_and_what_waits_is_given_up() -> None:
    queue = IngestQueue("q", capacity=100, capacity_bytes=100)
    waiting = admit(queue, "a", b"1")
    queue.stop()
    assert waiting.done.cancelled()
    assert queue.admit("b", "", lines(b"1")) is Refused.STOPPING
    assert queue.read() is None
    queue.committed()
