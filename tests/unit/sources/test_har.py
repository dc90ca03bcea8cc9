"""HAR files, whole and broken."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.sources.base import Position
from monitor.sources.files import FileSource
from tests.support.sources import now, texts

WHOLE = json.dumps(
    {"log": {"version": "1.2", "entries": [{"n": 0}, {"n": 1.5}, {"n": "é"}]}}, ensure_ascii=False
)
TEXTS = ['{"n":0}', '{"n":1.5}', '{"n":"é"}']


def read(path: Path, position: Position | None = None) -> list[tuple[str, int, str, Position]]:
    source = FileSource("s", [path])
    source.open({f"s:{path.name}": position} if position else {})
    (partition,) = source.partitions()
    records = now(partition)
    assert partition.exhausted
    assert partition.format == "har"
    source.close()
    return [(r.id, r.offset, *texts([r]), r.next) for r in records]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("suffix", [b"", b"\n\n"], ids=["bare", "newlines"])
def test_entries_in_order(tmp_path: Path, packed: bool, prefix: bytes, suffix: bytes) -> None:
    data = prefix + WHOLE.encode() + suffix
    path = tmp_path / "in.har"  # compression is known by the bytes, whatever the name
    path.write_bytes(gzip.compress(data) if packed else data)
    assert [(offset, text) for _, offset, text, _ in read(path)] == list(enumerate(TEXTS))


@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (WHOLE.replace('"n": 1.5', '"n": 1,5').encode(), 1),
        (WHOLE[:-3].encode(), 3),
        (WHOLE[:-6].encode(), 2),
        (WHOLE.encode() + b"}", 3),
        (WHOLE.encode("latin-1"), 2),
        (b"", 0),
        (b"\x00\x01", 0),
        (b"{}", 0),
        (b"[1,2]", 0),
    ],
    ids=["syntax", "cut", "cut-inside", "tail", "charset", "empty", "binary", "object", "array"],
)
def test_the_entries_before_a_fault_then_one_refusal(
    tmp_path: Path, data: bytes, entries: int
) -> None:
    path = tmp_path / "in.har"
    path.write_bytes(data)
    seen = read(path)
    assert [text for _, _, text, _ in seen] == [*TEXTS[:entries], "MALFORMED-HAR"]
    for number, (_, _, _, position) in enumerate(seen):
        assert read(path, position) == seen[number + 1 :]


def test_a_cut_off_archive_in_gzip(tmp_path: Path) -> None:
    path = tmp_path / "in.har.gz"
    path.write_bytes(gzip.compress(WHOLE.encode(), compresslevel=0)[:-20])
    assert [text for _, _, text, _ in read(path)] == [*TEXTS[:2], "CORRUPT-GZIP"]


def test_an_entry_nested_too_deep_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    deep = "[" * 10_000 + "]" * 10_000
    path.write_text(f'{{"log": {{"entries": [{deep}, {{"n": 0}}, 7]}}}}')
    assert [text for _, _, text, _ in read(path)] == ["TOO-DEEP", TEXTS[0], "7"]


def test_an_archive_without_requests_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    path.write_text('{"log": {"entries": []}}')
    assert read(path) == []


def test_followed_an_archive_may_still_be_written(tmp_path: Path) -> None:
    path = tmp_path / "in.har"
    path.write_text(WHOLE[:-6])
    source = FileSource("s", [path], follow=True)
    source.open({})
    (partition,) = source.partitions()
    assert texts(now(partition)) == TEXTS[:2]
    assert partition.read() is None
    path.write_text(WHOLE)
    assert texts(now(partition)) == TEXTS[2:]
    assert partition.read() is None
    assert not partition.exhausted
    source.close()
