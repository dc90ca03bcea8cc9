"""HTTP ingest: who may send what, when it is answered, and what a repetition counts."""

import gzip
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.sources import HttpSource
from monitor.sources.base import Position, SourceError
from monitor.sources.http import HttpSourceConfig
from tests.support.sources import Senders, next_record, now, texts

pytestmark = pytest.mark.enable_socket
LIMIT = 1_000


@pytest.fixture
def source() -> Iterator[HttpSource]:
    source = HttpSource(
        "127.0.0.1", 0, "s3cret", max_request_bytes=LIMIT, queue_records=4, commit_timeout=20
    )
    with opened(source):
        yield source
    assert not [thread for thread in threading.enumerate() if thread.name == "source-http"]


@contextmanager
def opened(source: HttpSource, offset: int = 0) -> Iterator[HttpSource]:
    source.open({"http": Position(offset=offset)})
    try:
        yield source
    finally:
        source.close()


@pytest.fixture
def senders(source: HttpSource) -> Iterator[Senders]:
    senders = Senders(source.port, "s3cret")
    yield senders
    source.close()
    senders.join()


def request(source: HttpSource, method: str = "POST", path: str = "/v1/events", **options: Any):
    headers = {"Authorization": "Bearer s3cret"} | options.pop("headers", {})
    url = f"http://127.0.0.1:{source.port}{path}"
    return httpx.request(method, url, headers=headers, trust_env=False, **options)


def commit(source: HttpSource, count: int) -> list[str]:
    """What a runner does: reads, stores, commits."""
    (partition,) = source.partitions()
    records = [record for _ in range(count) if (record := next_record(partition))]
    source.committed()
    return texts(records)


def test_it_lives(source: HttpSource) -> None:
    assert request(source, "GET", "/livez", headers={"Authorization": ""}).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "s3cret", "Basic s3cret", "ü"])
def test_only_the_bearer_of_the_token_may_send(source: HttpSource, given: str) -> None:
    answer = request(source, content=b"{}", headers={"Authorization": given.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "s3cret" not in answer.text
    assert source.waiting == 0


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"method": "GET"}, 405),
        ({"method": "PUT", "content": b"{}"}, 405),
        ({"path": "/v1/other"}, 404),
        ({"content": b"{}", "headers": {"Content-Type": "text/html"}}, 415),
        ({"content": b"{}", "headers": {"Content-Encoding": "br"}}, 415),
        ({"content": b"x" * (LIMIT + 1)}, 413),
        ({"content": iter([b"x" * 600, b"x" * 600])}, 413),
        ({"content": gzip.compress(b"x" * (LIMIT + 1)), "headers": {"Content-Encoding": "gzip"}},
         413),
        ({"content": gzip.compress(bytes(900_000)), "headers": {"Content-Encoding": "gzip"}}, 413),
        ({"content": gzip.compress(b"{}\n")[:-1], "headers": {"Content-Encoding": "gzip"}}, 400),
        ({"content": b"{}\n", "headers": {"Content-Encoding": "gzip"}}, 400),
        ({"content": b"{}\n" * 5}, 413),
        ({"content": b"{}\n", "headers": {"Idempotency-Key": "k" * 256}}, 400),
    ],
    ids=[
        "get", "put", "path", "type", "encoding", "size", "size-chunked", "size-unpacked", "bomb",
        "gzip-cut", "gzip-none", "records", "key",
    ],
)  # fmt: skip
def test_what_is_refused_leaves_nothing_behind(
    source: HttpSource, options: dict[str, Any], status: int
) -> None:
    answer = request(source, **options)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert source.waiting == 0


def test_nothing_to_accept_is_accepted_at_once(source: HttpSource) -> None:
    assert request(source, content=b"\n\n").json() == {"accepted": 0}


def test_the_answer_comes_only_after_the_commit(source: HttpSource, senders: Senders) -> None:
    senders.post('{"n":1}\n{"n":2}\r\n\n{"n":3}', label="a")
    (partition,) = source.partitions()
    for _ in range(2):
        assert next_record(partition) is not None
    source.committed()  # one record of the request is still to come
    assert partition.read() is not None
    assert senders.answers == {}
    source.committed()
    senders.join()
    assert senders.answers["a"].status_code == 200
    assert senders.answers["a"].json() == {"accepted": 3}
    assert source.waiting == 0


def test_a_commit_answers_only_what_was_read_before(source: HttpSource, senders: Senders) -> None:
    senders.post("a", label="a")
    senders.wait_for_arrival(source, 1)
    senders.post("b", label="b")
    senders.wait_for_arrival(source, 2)
    assert commit(source, 1) == ["a"]
    assert source.waiting == 1
    assert commit(source, 1) == ["b"]
    senders.join()
    assert {answer.status_code for answer in senders.answers.values()} == {200}


@pytest.mark.parametrize("packed", [False, True])
def test_gzip_or_not(source: HttpSource, senders: Senders, packed: bool) -> None:
    body = b'{"n":1}\n{"n":2}'
    if packed:
        senders.headers["Content-Encoding"] = "gzip"
    senders.post(gzip.compress(body) if packed else body, label="a")
    assert commit(source, 2) == ['{"n":1}', '{"n":2}']
    senders.join()
    assert senders.answers["a"].json() == {"accepted": 2}


def test_a_full_queue_takes_all_or_nothing(source: HttpSource, senders: Senders) -> None:
    senders.post("1\n2\n3", label="a")
    senders.wait_for_arrival(source, 3)
    refused = request(source, content=b"4\n5")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert source.waiting == 3
    senders.post("6", label="b")
    senders.wait_for_arrival(source, 4)
    assert commit(source, 4) == ["1", "2", "3", "6"]
    senders.join()


def test_records_read_and_not_committed_still_take_their_place(
    source: HttpSource, senders: Senders
) -> None:
    senders.post("1\n2\n3\n4", label="a")
    senders.wait_for_arrival(source, 4)
    (partition,) = source.partitions()
    assert len(now(partition)) == 4
    assert request(source, content=b"5").status_code == 429
    source.committed()
    senders.join()


def test_a_repetition_under_way_waits_for_the_same_commit(
    source: HttpSource, senders: Senders
) -> None:
    senders.post("1\n2", key="k", label="first")
    senders.wait_for_arrival(source, 2)
    senders.post("1\n2", key="k", label="second")
    senders.post("other", label="third")
    senders.wait_for_arrival(source, 3)
    assert sorted(commit(source, 3)) == ["1", "2", "other"]
    senders.join()
    assert senders.answers["first"].json() == senders.answers["second"].json() == {"accepted": 2}


def test_a_repetition_of_what_is_committed_is_answered_at_once(
    source: HttpSource, senders: Senders
) -> None:
    senders.post("1\n2", key="k")
    commit(source, 2)
    senders.join()
    again = request(source, content=b"1\n2", headers={"Idempotency-Key": "k"})
    assert again.json() == {"accepted": 2}
    assert source.waiting == 0


def test_a_key_names_one_body(source: HttpSource, senders: Senders) -> None:
    senders.post("1", key="k")
    commit(source, 1)
    senders.join()
    assert request(source, content=b"2", headers={"Idempotency-Key": "k"}).status_code == 422


def test_ids_come_from_the_key_and_the_line_or_are_random() -> None:
    def ids(key: str) -> list[str]:
        with opened(HttpSource("127.0.0.1", 0, "s3cret"), 5) as source:
            senders = Senders(source.port, "s3cret")
            senders.post("1\n1", key=key, label="a")
            (partition,) = source.partitions()
            records = [record for _ in range(2) if (record := next_record(partition))]
        assert [record.offset for record in records] == [5, 6]
        senders.join()
        return [record.id for record in records]

    assert ids("k") == ids("k")
    assert len({*ids("k"), *ids("l"), *ids(""), *ids("")}) == 8


def test_an_uncommitted_request_is_told_to_come_again() -> None:
    with opened(HttpSource("127.0.0.1", 0, "s3cret", commit_timeout=0.05)) as source:
        answer = request(source, content=b"1", headers={"Idempotency-Key": "k"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert commit(source, 1) == ["1"]
        assert request(source, content=b"1", headers={"Idempotency-Key": "k"}).status_code == 200


def test_stopping_answers_what_waits(source: HttpSource, senders: Senders) -> None:
    senders.post("1", label="a")
    senders.wait_for_arrival(source, 1)
    source.close()
    senders.join()
    assert senders.answers["a"].status_code == 503
    assert senders.answers["a"].json()["error"]["code"] == "stopping"
    (partition,) = source.partitions()
    assert partition.read() is None


def test_a_port_in_use_is_an_error_at_once(source: HttpSource) -> None:
    other = HttpSource("127.0.0.1", source.port, "s3cret")
    with pytest.raises(SourceError, match="in use"):
        other.open({})
    other.close()


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "monitor.sources.http_server", raising=False)
    with pytest.raises(SourceError, match=r"egresswatch\[http\]"):
        HttpSource("127.0.0.1", 0, "s3cret").open({})


def test_the_token_may_be_rotated_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    config = HttpSourceConfig(type="http", name="in", port=0, token_file=Path("token"))
    given = (("one\n", "one", 200), ("one\n", "two", 401), ("two", "two", 200), ("", "", 401))
    with opened(config.build(tmp_path)) as source:
        for text, token, status in given:
            (tmp_path / "token").write_text(text)
            headers = {"Authorization": f"Bearer {token}".strip()}
            assert request(source, content=b"", headers=headers).status_code == status


def test_a_gzip_body_in_pieces_is_bounded_in_all(source: HttpSource) -> None:
    packed = zlib.compress(b"x" * 5_000, wbits=31)
    pieces = iter([packed[:10], packed[10:]])
    answer = request(source, content=pieces, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413
