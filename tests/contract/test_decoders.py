"""What every decoder of bodies owes: bounded, quiet on any bytes, and nothing added when it says
that the bytes are another format."""

import gzip
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.decode import Budget
from detectors.decode.base import BodyDecoder
from detectors.decode.body import BODY_DECODERS, READERS
from detectors.decode.work import Place, Work

every = pytest.mark.parametrize("decoder", BODY_DECODERS, ids=lambda decoder: decoder.name)
TIGHT = Budget(depth=8, expanded_bytes=20_000, ratio=50, leaves=100, steps=5_000)
GOOD = {
    "json": b'{"a":"b"}',
    "envelope": b'{"id":"x"}\n{"type":"event","length":9}\n{"a":"b"}\n',
    "ndjson": b'{"a":"b"}\n{"a":"c"}\n',
    "json-partial": b'{"a":"b","c":"d',
    "xml": b"<r><a>b</a></r>",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    "http": b"POST /a HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nb",
    "mime": b"From: a@example.com\r\nSubject: b\r\n\r\nc\r\n",
    "form": b"a=b&c=d",
    "grpc": b"\0\0\0\0\7\n\5hello",
    "msgpack": msgspec.msgpack.encode({"a": "b"}),
    "protobuf": b"\n\5hello",
    "csv": b"name,email\nJane,jane@example.com\n",
    "text": b"hello",
}
TYPES = ["", "application/json", "application/x-protobuf", "application/grpc", "text/xml"]
TYPES += ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "text/csv"]
fragments = st.sampled_from(
    [part for good in GOOD.values() for part in (good, good[:7], good[-7:])]
    + [b"\r\n", b"\n", b"--x", b"\xff", b"\0", b"</a>", b"'", b'"', b"%41", b"&x;", b"\x1f\x8b\x08"]
)
bodies = st.binary(min_size=1) | st.lists(fragments, min_size=1, max_size=12).map(b"".join)


def run(decoder: BodyDecoder, data: bytes, kind: str = "") -> tuple[bool, Work]:
    work = Work(TIGHT, READERS)
    return decoder.decode(data, Place("body", content_type=kind), work), work


def test_a_sample_of_every_decoder() -> None:
    assert {decoder.name for decoder in BODY_DECODERS} == {*GOOD} - {"json-partial"}


@every
def test_each_reads_its_own(decoder: BodyDecoder) -> None:
    read, work = run(decoder, GOOD[decoder.name])
    assert read
    assert work.leaves
    assert all(leaf.path.startswith("body>") for leaf in work.leaves)


@every
@given(bodies, st.sampled_from(TYPES))
@example(b"=\0", "application/x-www-form-urlencoded")
def test_any_bytes(decoder: BodyDecoder, data: bytes, kind: str) -> None:
    read, work = run(decoder, data, kind)
    result = work.result()
    assert read or not result.leaves
    assert len(result.leaves) <= TIGHT.leaves
    assert all(leaf.text for leaf in result.leaves)
    for leaf in result.leaves:
        (leaf.text + leaf.path + "".join(leaf.keys)).encode()


@every
@pytest.mark.parametrize("size", [8_000, 64_000])
def test_work_grows_with_the_size_alone(decoder: BodyDecoder, size: int) -> None:
    """Steps stand for time: for each good body, its own pieces again and again."""
    budget = Budget()
    good = GOOD[decoder.name]
    for piece in {good, good[:3], good[-3:], good[:1]}:
        for data in ((piece * size)[:size], json.dumps([piece.decode("latin-1")] * 99).encode()):
            for wrapped in (data, gzip.compress(data)):
                work = Work(budget, READERS)
                work.open(wrapped, Place("body"))
                assert budget.steps - work.steps <= 2 * len(data) + 2_000
