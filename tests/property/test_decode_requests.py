"""Decoding never raises and stays within its budget, on any bytes in any wrapping."""

import gzip
import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Budget, decode_request, field_path
from tests.unit.decode.requests import request

TIGHT = Budget(depth=8, expanded_bytes=20_000, ratio=50, leaves=50)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)
fragments = st.sampled_from(
    [
        b"{",
        b"}",
        b'"',
        b"[",
        b"]",
        b":",
        b",",
        b"\\ud800",
        b"\x1f\x8b\x08",
        b"x\x9c",
        b"=",
        b"&",
        b"%",
    ]
) | st.sampled_from([b"%4", b"\n", b"\xff", b"\x00", b"a", b"1e999", b"-", b"+"])
documents = json_values.map(lambda value: json.dumps(value).encode())
raw = st.one_of(st.binary(), documents, st.lists(fragments, max_size=40).map(b"".join))
wrappings = st.sampled_from([bytes, gzip.compress, zlib.compress, lambda d: gzip.compress(d)[:-9]])
encodings = st.sampled_from(["", "gzip", "deflate", "br", "gzip,deflate", ",,", "identity"])
kinds = st.sampled_from(["", "application/json", "application/x-www-form-urlencoded", "text/csv"])
hostile_text = st.text(st.characters(codec=None, categories=None), max_size=80)


@given(raw, st.lists(wrappings, max_size=3), encodings, kinds)
def test_any_body(data: bytes, wraps: list, encoding: str, kind: str) -> None:  # type: ignore[type-arg]
    for wrap in wraps:
        data = wrap(data)
    headers = {"Content-Encoding": encoding, "Content-Type": kind}
    result = decode_request(request(data, headers=headers), TIGHT)  # type: ignore[arg-type]
    assert len(result.leaves) <= TIGHT.leaves
    assert all(entry.bytes > 0 for entry in result.uninspected)
    assert len({entry.reason for entry in result.uninspected}) == len(result.uninspected)
    for leaf in result.leaves:
        leaf.text.encode()
        leaf.path.encode()
        field_path(leaf.path)


@given(hostile_text, hostile_text, hostile_text, st.booleans())
def test_any_envelope(url: str, name: str, text: str, cut: bool) -> None:
    event = request(text, url=url, headers={name: text, "cookie": [text, url]}, truncated=cut)
    for leaf in decode_request(event, TIGHT).leaves:
        (leaf.text + leaf.path).encode()


@given(json_values)
def test_every_string_of_a_document_is_in_some_leaf(value: object) -> None:
    texts = [leaf.text for leaf in decode_request(request(json.dumps([value])), Budget()).leaves]
    for wanted in _strings(value):
        cleaned = wanted.encode("utf-8", "replace").decode()
        assert not wanted or wanted[:1] in "[{" or cleaned in texts


def _strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [s for item in value for s in _strings(item)]
        case dict():
            return [s for item in value.values() for s in _strings(item)]
        case _:
            return []
