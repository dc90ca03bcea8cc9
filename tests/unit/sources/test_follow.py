"""Following files like tail -F: rotation, truncation, appearance, restarts in the middle."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.sources.base import Position, RawRecord
from monitor.sources.files import FileSource
from monitor.sources.partition import FilePartition
from tests.support.sources import now, texts


class Log:
    """A log file and the process that reads it, which can be restarted."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "app.log"
        self.ids: list[str] = []
        self._source: FileSource | None = None
        self._position: Position | None = None
        self._minute = 0

    def write(self, *lines: str, end: str = "\n") -> None:
        with self.path.open("a") as file:
            file.write("".join(line + end for line in lines))
        self.touch(self.path)

    def touch(self, path: Path) -> None:
        """Moves time on, since files of one moment have no order."""
        self._minute += 1
        os.utime(path, (1_000_000 + 60 * self._minute,) * 2)

    def rotate(self) -> None:
        numbered = sorted(self.path.parent.glob("app.log.*"), reverse=True)
        for path in numbered:
            path.rename(path.with_suffix(f".{int(path.suffix[1:]) + 1}"))
        self.path.rename(self.path.with_name("app.log.1"))

    @property
    def partition(self) -> FilePartition:
        if self._source is None:
            self._source = FileSource("s", [self.path], follow=True)
            self._source.open({"s:app.log": self._position} if self._position else {})
        (partition,) = self._source.partitions()
        return partition

    def read(self) -> list[str]:
        """Reads what is there, and commits it."""
        return texts(self.records())

    def records(self) -> list[RawRecord]:
        records = now(self.partition)
        self.ids += [record.id for record in records]
        if records:
            self._position = records[-1].next
        assert len(set(self.ids)) == len(self.ids)
        assert not self.partition.exhausted
        return records

    def restart(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None

    def close(self) -> None:
        self.restart()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path)
    yield log
    log.close()


@pytest.fixture(params=[False, True], ids=["running", "restarted"])
def down(request: pytest.FixtureRequest) -> bool:
    """Whether what happens to the log happens while the process is down."""
    return request.param


def test_it_waits_for_the_file_and_for_more(log: Log) -> None:
    assert log.read() == []
    log.write("a", "b")
    assert log.read() == ["a", "b"]
    assert log.read() == []
    log.write("c")
    assert log.read() == ["c"]


def test_a_line_is_a_record_when_its_end_is_there(log: Log) -> None:
    log.write("a")
    log.write("hal", end="")
    assert log.read() == ["a"]
    log.restart()
    assert log.read() == []
    log.write("f")
    assert log.read() == ["half"]


def test_renamed_and_created_anew(log: Log, down: bool) -> None:
    log.write("a")
    assert log.read() == ["a"]
    if down:
        log.restart()
    log.write("b")
    log.write("c", end="")  # a last line without its end is final when the file is replaced
    log.rotate()
    log.write("d", "e")
    assert log.read() == ["b", "c", "d", "e"]
    log.write("f")
    assert log.read() == ["f"]


def test_the_writer_keeps_the_old_file_until_the_new_one_has_content(log: Log) -> None:
    log.write("a")
    assert log.read() == ["a"]
    old = log.path.open("a")
    log.rotate()
    assert log.read() == []
    log.path.touch()
    assert log.read() == []
    with old:
        old.write("b\n")
    assert log.read() == ["b"]
    log.write("c")
    assert log.read() == ["c"]


def test_several_rotations_while_nobody_looked(log: Log, down: bool) -> None:
    log.write("a")
    assert log.read() == ["a"]
    if down:
        log.restart()
    log.write("b")
    log.rotate()
    log.write("c")
    log.rotate()
    log.write("d")
    log.rotate()
    log.write("e")
    assert log.read() == ["b", "c", "d", "e"]
    log.restart()
    assert log.read() == []


def test_a_restart_amid_a_chain_of_rotated_files(log: Log) -> None:
    log.write("a")
    first = log.records()
    log.write("b", "c")
    log.rotate()
    log.write("d")
    log.rotate()
    log.write("e")
    partition = log.partition
    whole = first + now(partition)
    for number, record in enumerate(whole):
        log.restart()
        log._position = record.next
        assert [r.id for r in now(log.partition)] == [r.id for r in whole[number + 1 :]]


def test_older_rotated_files_are_not_read_again(log: Log) -> None:
    log.write("a")
    log.rotate()
    log.write("b")
    assert log.read() == ["b"]
    log.rotate()
    log.write("c")
    log.restart()
    assert log.read() == ["c"]


def test_copytruncate(log: Log, down: bool) -> None:
    log.write("first line", "second line")
    assert log.read() == ["first line", "second line"]
    if down:
        log.restart()
    log.path.write_bytes(b"")
    if not down:
        assert log.read() == []
    log.write("c")
    assert log.read() == ["c"]


def test_copytruncate_that_grew_past_the_old_end_unseen(log: Log, down: bool) -> None:
    log.write("a")
    assert log.read() == ["a"]
    if down:
        log.restart()
    log.path.write_text("much longer\nthan before\n")
    assert log.read() == ["much longer", "than before"]


def test_a_deleted_file_is_let_go_and_its_successor_read(log: Log) -> None:
    log.write("a")
    assert log.read() == ["a"]
    log.write("b", end="")
    log.path.unlink()
    assert log.read() == ["b"]
    assert log.read() == []
    log.write("c")
    assert log.read() == ["c"]


def test_a_rotated_file_that_is_gone_is_told_once(log: Log) -> None:
    log.write("a" * 200)
    assert len(log.read()) == 1
    log.restart()
    keep = log.path.open()  # so that its inode is not used again
    log.path.unlink()
    log.write("b")
    seen = log.records()
    keep.close()
    assert texts(seen) == ["ROTATED-AWAY", "b"]
    log.restart()
    assert log.read() == []


def test_moved_to_another_place_it_is_still_the_same_file(log: Log, tmp_path: Path) -> None:
    log.write(*(f"record number {n:04}" for n in range(20)))
    assert len(log.read()) == 20
    log.restart()
    log.write("after")
    copy = tmp_path / "copy"
    copy.write_bytes(log.path.read_bytes())
    log.path.unlink()
    copy.rename(log.path)
    assert log.read() == ["after"]


def test_a_gzip_file_may_still_be_written(log: Log) -> None:
    whole = gzip.compress(b"a\nb\nc", compresslevel=0)
    log.path.write_bytes(whole[:-10])
    assert log.read() == ["a"]
    log.restart()
    assert log.read() == []
    log.path.write_bytes(whole)
    assert log.read() == ["b", "c"]


def test_an_unreadable_file_is_told_once_and_read_when_it_can_be(log: Log) -> None:
    log.path.mkdir()
    (log.path / "x").touch()
    source = FileSource("s", [str(log.path.parent / "app.log" / "x")], follow=True)
    source.open({})
    (partition,) = source.partitions()
    (log.path / "x").unlink()
    (log.path / "x").mkdir()
    assert texts(now(partition)) == ["UNREADABLE-FILE"]
    assert now(partition) == []
    (log.path / "x").rmdir()
    (log.path / "x").write_text("a\n")
    assert texts(now(partition)) == ["a"]
    source.close()
