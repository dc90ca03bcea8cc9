"""What a library writes, in any nesting of formats, is found again: text, path and keys."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import brotli
import msgspec
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Budget, decode_request
from detectors.decode.nodes import root
from tests.unit.decode.requests import request

VALUE = "jürgen.doe+17@example.com"


def _multipart(data: bytes) -> bytes:
    head = b'--b0undary\r\nContent-Disposition: form-data; name="part"\r\n\r\n'
    return head + data + b"\r\n--b0undary--\r\n"


def _mail(data: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "shop@example.com", "order"
    message.add_attachment(data, "application", "octet-stream", filename="f")
    return message.as_bytes()


def _framed(data: bytes) -> bytes:
    half = len(data) // 2 + 1
    chunks = [part for part in (data[:half], data[half:]) if part]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in chunks) + b"0\r\n\r\n"


def _base64_json(data: bytes) -> bytes:
    return json.dumps({"blob": base64.b64encode(data).decode()}).encode()


DOCUMENTS: list[Callable[[str], bytes]] = [
    lambda text: json.dumps({"user": {"email": text}}).encode(),
    lambda text: json.dumps({"user": {"email": text}}, ensure_ascii=False).encode("utf-16"),
    lambda text: f'{{"n":1}}\n{json.dumps({"email": text})}\n'.encode(),
    lambda text: urlencode({"n": "1", "email": text}).encode(),
    lambda text: msgspec.msgpack.encode({"email": text}),
    lambda text: f"<r><email>{escape(text)}</email></r>".encode(),
    lambda text: f"n,email\n1,{text}\n2,x@example.com\n".encode(),
    lambda text: json.dumps({"fields": [{"name": "email", "value": text}]}).encode(),
]
WRAPS: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    zlib.compress,
    zstandard.compress,
    _base64_json,
    _multipart,
    _mail,
]
OUTER: list[tuple[Callable[[bytes], bytes], str]] = [
    (bytes, ""),
    (brotli.compress, "br"),
    (lambda data: zlib.compress(data, wbits=-15), "deflate"),
    (_framed, "aws-chunked"),
    (lambda data: _framed(gzip.compress(data)), "gzip,aws-chunked"),
]


@given(
    st.sampled_from(DOCUMENTS), st.lists(st.sampled_from(WRAPS), max_size=3), st.sampled_from(OUTER)
)
def test_any_nesting_is_read(
    write: Callable[[str], bytes],
    wraps: list[Callable[[bytes], bytes]],
    outer: tuple[Callable[[bytes], bytes], str],
) -> None:
    data = write(VALUE)
    for wrap in wraps:
        data = wrap(data)
    encode, header = outer
    result = decode_request(
        request(encode(data), headers={"content-encoding": header}), Budget(depth=64)
    )
    [leaf] = [leaf for leaf in result.leaves if leaf.text == VALUE]
    assert leaf.keys[-1] == "email"


scalars = st.text("abcé ", min_size=1, max_size=6) | st.integers(0, 9) | st.none() | st.booleans()
names = st.sampled_from(["a", "b", "key", "value", "name", "S", "stringValue", "rows", "columns"])
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_the_cache_of_paths_changes_nothing(document: Any) -> None:
    event = request(json.dumps([document]))
    runs = [decode_request(event, Budget()).leaves for _ in range(2)]
    first, second = [[(x.path, x.keys, x.text) for x in leaves] for leaves in runs]
    assert first == second


@given(documents)
def test_paths_are_those_of_the_document(document: Any) -> None:
    """Each leaf's path, followed in the document, leads to its text."""
    for leaf in decode_request(request(json.dumps([document])), Budget()).leaves:
        if not leaf.path.startswith("body>json:$"):
            continue
        value: Any = [document]
        for step in leaf.path.removeprefix("body>json:$").replace("[", ".[").split(".")[1:]:
            value = value[int(step[1:-1])] if step.startswith("[") else value[step]
        assert str(value) == leaf.text


def test_the_cache_of_paths_is_bounded() -> None:
    before = root("body>json:$", ())
    for number in range(60_000):
        root(f"body>json:$.n{number}", ()).member(f"m{number}")
    assert root("body>json:$", ()) is not before
