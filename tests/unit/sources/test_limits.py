"""Large and hostile input: bounded memory, one refusal, and on with the next record."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.sources.files import FileSource
from monitor.sources.framing import LineFramer
from monitor.sources.stdin import StdinSource
from tests.support.sources import now, rest, texts

MIB = 1024 * 1024
LINE = 200 * MIB


def peak(action: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def giant(path: Path) -> Path:
    """A 200 MB line (a hole in the file) between two records."""
    with path.open("wb") as file:
        file.write(b'{"n":1}\n')
        file.seek(LINE, io.SEEK_CUR)
        file.write(b'\n{"n":2}\n')
    return path


def test_a_200_mb_line_costs_only_its_read(tmp_path: Path) -> None:
    source = FileSource("s", [giant(tmp_path / "in")])
    source.open({})
    (partition,) = source.partitions()
    seen = []

    def read() -> None:
        seen.extend(rest(partition))

    assert peak(read) < 20 * MIB
    assert texts(seen) == ['{"n":1}', "RECORD-TOO-LARGE", '{"n":2}']
    assert (seen[1].size, seen[1].offset, seen[1].data) == (LINE + 1, 8, b"")
    source.close()


def test_a_200_mb_line_from_a_pipe_too() -> None:
    class Pipe:
        left = LINE // (64 * 1024)

        def read1(self, size: int) -> bytes:
            self.left -= 1
            return bytes(size) if self.left >= 0 else b'\n{"n":2}' if self.left == -1 else b""

    source = StdinSource(Pipe())

    def read() -> None:
        source.open({})
        (partition,) = source.partitions()
        assert texts(rest(partition)) == ["RECORD-TOO-LARGE", '{"n":2}']

    assert peak(read) < 20 * MIB
    source.close()


def test_a_gzip_bomb_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"n":1}\n')
        for _ in range(50):
            file.write(bytes(MIB))
        file.write(b'\n{"n":2}\n')
    assert path.stat().st_size < MIB
    source = FileSource("s", [path])
    source.open({})
    (partition,) = source.partitions()
    seen = []

    def read() -> None:
        seen.extend(rest(partition))

    assert peak(read) < 20 * MIB
    assert texts(seen) == ['{"n":1}', "RECORD-TOO-LARGE", '{"n":2}']


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_limit_counts_the_line_without_its_end(end: bytes) -> None:
    for size, accepted in ((10, True), (11, False)):
        for step in (1, 5, 100):
            framer = LineFramer(10)
            data = b"x" * size + end
            lines = []
            for at in range(0, len(data), step):
                lines += framer.push(data[at : at + step])
            (line,) = lines + framer.finish()
            assert (line.data is not None) == accepted
            assert (line.start, line.end) == (0, len(data))


def test_a_har_is_not_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    entry = json.dumps(
        {"request": {"url": "x" * MIB}, "response": {"content": {"text": "y" * MIB}}}
    )
    with path.open("w") as file:
        file.write('{"log": {"entries": [' + entry)
        for _ in range(29):
            file.write("," + entry)
        file.write("]}}")
    source = FileSource("s", [path])
    source.open({})
    (partition,) = source.partitions()
    sizes = []

    def read() -> None:
        sizes.extend(record.size for record in iter(partition.read, None))

    assert peak(read) < 30 * MIB
    assert len(sizes) == 30
    assert max(sizes) < 1.1 * MIB  # what came back does not count


def test_a_har_entry_over_the_limit_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    path.write_text(json.dumps({"log": {"entries": [{"a": "x" * 100}, {"b": 1}]}}))
    source = FileSource("s", [path], max_record_bytes=50)
    source.open({})
    (partition,) = source.partitions()
    assert texts(now(partition)) == ["RECORD-TOO-LARGE", '{"b":1}']
    assert partition.exhausted


def test_a_har_entry_without_end_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    path.write_text('{"log": {"entries": [{"a": 1}, {"b": "' + "x" * 300_000 + '"}]}}')
    source = FileSource("s", [path], max_record_bytes=1_000)
    source.open({})
    (partition,) = source.partitions()
    assert texts(now(partition)) == ['{"a":1}', "RECORD-TOO-LARGE"]
    assert partition.exhausted
    source.close()
