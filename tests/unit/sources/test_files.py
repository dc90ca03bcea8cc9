"""Files, folders and globs: which partitions they give, their names, and their formats."""

import gzip
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from detectors.ids import position_id
from monitor.sources.base import Position
from monitor.sources.files import FileSource
from tests.support.sources import now, texts

_opened: list[FileSource] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def opened(
    *paths: str | Path,
    follow: bool = False,
    base: Path | None = None,
    format_: str = "auto",
    positions: Mapping[str, Position] | None = None,
) -> FileSource:
    source = FileSource("s", paths, follow=follow, base=base, format=format_)
    source.open(positions or {})
    _opened.append(source)
    return source


def names(source: FileSource) -> list[str]:
    return [partition.name for partition in source.partitions()]


def contents(source: FileSource) -> dict[str, list[str]]:
    seen = {partition.name: texts(now(partition)) for partition in source.partitions()}
    source.close()
    return seen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    for name in ("b.log", "a.log", "sub/a.log", "b.log.1", ".hidden", ".git/config"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    return folder


def test_a_folder_is_all_its_files_by_relative_name(folder: Path) -> None:
    assert names(opened(folder)) == ["s:a.log", "s:b.log", "s:b.log.1", "s:sub/a.log"]


def test_a_glob_names_relative_to_its_fixed_part(folder: Path) -> None:
    assert names(opened(folder / "*" / "*.log")) == ["s:sub/a.log"]
    assert names(opened("logs/*.log", base=folder.parent)) == ["s:a.log", "s:b.log"]


def test_a_file_is_named_relative_to_its_folder(folder: Path) -> None:
    assert contents(opened(folder / "a.log")) == {"s:a.log": ["a.log"]}


def test_moving_everything_changes_no_name_and_no_id(folder: Path) -> None:
    (partition, *_) = opened(folder).partitions()
    before = partition.read()
    moved = folder.rename(folder.with_name("elsewhere"))
    (partition, *_) = opened(moved).partitions()
    after = partition.read()
    assert before is not None
    assert after is not None
    assert before.id == after.id == position_id("s:a.log", 0, 0)


def test_overlapping_paths_give_a_file_once(folder: Path) -> None:
    assert names(opened(folder / "a.log", folder / "*.log", folder)) == [
        "s:a.log",
        "s:b.log",
        "s:b.log.1",
        "s:sub/a.log",
    ]


def test_a_second_folder_is_told_apart(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "web"
    other.mkdir()
    (other / "a.log").write_text("x\n")
    both = opened(folder / "a.log", other)
    assert contents(both) == {"s:a.log": ["a.log"], "s:web/a.log": ["x"]}


def test_two_files_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    twin = tmp_path / "x" / "web"
    for place in (tmp_path / "web", twin):
        place.mkdir(parents=True)
        (place / "a.log").write_text("x\n")
    with pytest.raises(ValueError, match="a source each"):
        opened(folder / "a.log", tmp_path / "web", twin).partitions()


def test_followed_rotated_files_belong_to_their_log(folder: Path) -> None:
    (folder / "b.log-20260131.gz").touch()
    source = opened(folder, follow=True)
    assert names(source) == ["s:a.log", "s:b.log", "s:sub/a.log"]
    (folder / "b.log").rename(folder / "b.log.2")
    (folder / "new.log").write_text("new\n")
    assert names(source) == ["s:a.log", "s:b.log", "s:sub/a.log", "s:new.log"]
    source.close()


def test_followed_a_log_that_is_away_while_we_start_keeps_its_rotated_file(folder: Path) -> None:
    (folder / "b.log").rename(folder / "b.log.1")
    known = {"s:b.log": Position(offset=1, mark="1:2:3:4:5")}
    source = opened(folder, follow=True, positions=known)
    assert names(source) == ["s:a.log", "s:sub/a.log"]


def test_not_followed_new_files_wait_for_the_next_run(folder: Path) -> None:
    source = opened(folder)
    before = names(source)
    (folder / "new.log").touch()
    assert names(source) == before


def test_a_missing_file_is_one_refusal_and_the_end(tmp_path: Path) -> None:
    source = opened(tmp_path / "missing.log")
    (partition,) = source.partitions()
    record = partition.read()
    assert record is not None
    assert record.refused is not None
    assert record.refused[0] == "unreadable-file"
    assert str(tmp_path) not in record.refused[1]
    assert partition.read() is None
    assert partition.exhausted


def test_a_file_that_disappears_is_one_refusal_and_others_go_on(folder: Path) -> None:
    source = opened(folder / "*.log")
    source.partitions()
    (folder / "a.log").unlink()
    assert contents(source) == {"s:a.log": ["UNREADABLE-FILE"], "s:b.log": ["b.log"]}


def test_a_pipe_does_not_block_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert contents(opened(tmp_path / "pipe")) == {"s:pipe": ["UNREADABLE-FILE"]}


def test_a_file_that_was_replaced_is_read_anew_under_other_ids(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_text("a\n")
    (partition,) = opened(path).partitions()
    (first,) = now(partition)
    path.write_text("b\n")
    source = opened(path, positions={"s:in": first.next})
    (partition,) = source.partitions()
    (second,) = now(partition)
    assert second.data == b"b"
    assert second.id != first.id


def test_a_file_that_grew_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_text("a\n")
    (partition,) = opened(path).partitions()
    (first,) = now(partition)
    path.write_text("a\nb\n")
    source = opened(path, positions={"s:in": first.next})
    assert contents(source) == {"s:in": ["b"]}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.har", b'{"log": {"entries": [1]}}', "har"),
        ("x.HAR.gz", gzip.compress(b'{"log": {"entries": [1]}}'), "har"),
        ("x.json", b'\n\n{"url": "x", "body_b64" : ""}\n', "traffic"),
        ("x", gzip.compress(b'{"url": "x", "body_b64":""}\n'), "traffic"),
        ("x", b'{"body": "\\"body_b64\\":"}\n{"body_b64":1}', "ecs"),
        ("x.har.txt", b"{}", "ecs"),
    ],
)
def test_auto_finds_the_format(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    (partition,) = opened(tmp_path).partitions()
    first = partition.read()
    assert first is not None
    assert partition.format == expected
    source = opened(tmp_path, positions={partition.name: first.next})
    (resumed,) = source.partitions()
    assert {resumed.format for _ in now(resumed)} <= {expected}


def test_auto_is_the_same_from_any_position(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b'{"body_b64":""}\n{}\n{}\n')
    (partition,) = opened(path).partitions()
    first = partition.read()
    assert first is not None
    source = opened(path, positions={"s:in": first.next})
    (resumed,) = source.partitions()
    assert resumed.read() is not None
    assert resumed.format == "traffic"
    source.close()


def test_a_named_format_is_taken_at_its_word(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text("{}\n")
    source = opened(tmp_path, format_="ecs")
    (partition,) = source.partitions()
    assert texts(now(partition)) == ["{}"]
    assert partition.format == "ecs"


def test_an_unknown_format_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="auto, ecs, har, traffic"):
        FileSource("s", ["x"], format="xml")


def test_binary_goes_through_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"\x00\xff\xfe\n\x80\n")
    (partition,) = opened(tmp_path / "in").partitions()
    assert [record.data for record in now(partition)] == [b"\x00\xff\xfe", b"\x80"]
