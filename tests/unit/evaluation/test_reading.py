"""Records of files and pipes of every format; bad ones cost only themselves."""

import gzip
import io
import json
from pathlib import Path

import pytest

from monitor.evaluation.reading import ReadRecord, read_records, readable

TRAFFIC = {"ts": 1, "method": "GET", "url": "https://a.example/?q=x", "headers": []}
ENTRY = {
    "startedDateTime": "2026-03-01T12:00:00Z",
    "request": {"method": "GET", "url": "https://a.example/?q=x"},
}
ECS = {"@timestamp": "2026-03-01T12:00:00Z", "url": {"full": "https://a.example/?q=x"}}


def lines(*rows: object) -> bytes:
    return b"\n".join(r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows)


def read(data: bytes, form: str, **options: int) -> list[ReadRecord]:
    return list(read_records(io.BytesIO(data), form, **options))


def texts(record: ReadRecord) -> list[str]:
    assert record.decoded is not None, record.problem
    return [leaf.text for leaf in record.decoded.leaves]


FILES = {
    "traffic": lines(TRAFFIC, TRAFFIC),
    "har": lines({"log": {"entries": [ENTRY, ENTRY]}}),
    "ecs": lines(ECS, ECS),
    "text": lines({"text": "x"}, {"text": "x"}),
}


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_format_plain_and_gzip(form: str, pack: type[bytes]) -> None:
    records = read(pack(FILES[form]), form)
    assert [record.number for record in records] == [0, 1]
    assert all("x" in texts(record) for record in records)


def test_a_bad_record_costs_only_itself_and_is_counted() -> None:
    records = read(lines({"text": "a"}, b"{broken secret-value", {"tex": 1}, {"text": "b"}), "text")
    assert [record.decoded is None for record in records] == [False, True, True, False]
    assert [record.number for record in records] == [0, 1, 2, 3]
    assert "secret-value" not in "".join(record.problem for record in records)


def test_a_record_over_the_limit_is_a_bad_one() -> None:
    records = read(lines({"text": "a" * 100}, {"text": "b"}), "text", limit=50)
    assert "record-too-large" in records[0].problem
    assert texts(records[1]) == ["b"]


def test_a_gzip_file_that_is_cut_off_gives_what_it_has() -> None:
    data = gzip.compress(lines(*[{"text": str(n) * 50} for n in range(5000)]))
    records = read(data[:-200], "text")
    assert texts(records[0]) == ["0" * 50]
    assert records[-1].problem == "corrupt-gzip: the gzip stream is cut off"


def test_a_damaged_har_says_so() -> None:
    (record,) = read(b'{"log": {"entries": [', "har")
    assert record.problem.startswith("malformed-har")


def test_a_read_of_a_store_has_no_payload() -> None:
    (record,) = read(lines({**ECS, "resource": {"store": "s", "dataset": "d"}}), "ecs")
    assert texts(record) == []


def test_empty_files_have_no_records() -> None:
    assert read(b"", "text") == []
    assert read(b"\n \n", "traffic") == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"), readable(str(tmp_path / "none")):
        pass
