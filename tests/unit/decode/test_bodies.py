"""The body formats beyond JSON and forms, as their own libraries write them."""

import base64
import json
import struct
import zlib

import brotli
import msgspec
import pytest
import zstandard

from tests.unit.decode.requests import Headers, decoded, leaves, reasons

DOCUMENT = b'{"email":"jane@example.com"}'
MULTIPART: Headers = {"content-type": "multipart/form-data; boundary=XyZ"}


@pytest.mark.parametrize(
    ("data", "header", "step"),
    [
        (brotli.compress(DOCUMENT), "br", "br"),
        (zstandard.compress(DOCUMENT), "", "zstd"),
        (zstandard.compress(DOCUMENT), "zstd1", "zstd"),
        (b"\x01" + zstandard.compress(DOCUMENT), "zstd1", "zstd"),
        (zstandard.compress(DOCUMENT[:9]) + zstandard.compress(DOCUMENT[9:]), "zstd", "zstd"),
        (zlib.compress(brotli.compress(DOCUMENT)), "br, deflate", "deflate>br"),
        (b"1c\r\n%b\r\n0\r\n\r\n" % DOCUMENT, "", "chunked"),
        (
            b"1c\r\n%b\r\n0\r\nx-amz-checksum-crc32:52Ns0A==\r\n\r\n" % DOCUMENT,
            "aws-chunked",
            "aws-chunked",
        ),
        (
            b"1c;chunk-signature=%b\r\n%b\r\n0;chunk-signature=%b\r\n\r\n"
            % (b"a" * 64, DOCUMENT, b"b" * 64),
            "",
            "aws-chunked",
        ),
    ],
)
def test_encodings(data: bytes, header: str, step: str) -> None:
    result = decoded(data, headers={"content-encoding": header}, url="")
    assert {leaf.path: leaf.text for leaf in result.leaves} == {
        f"body>{step}>json:$.email": "jane@example.com"
    }
    assert reasons(result) == {}


@pytest.mark.parametrize("compress", [brotli.compress, zstandard.compress])
def test_bombs_are_cut_at_the_ratio(compress: object) -> None:
    bomb = compress(b" " * 50_000_000)  # type: ignore[operator]
    result = decoded(bomb, headers={"content-encoding": "br"}, url="")
    assert sum(len(leaf.text) for leaf in result.leaves) <= max(65_536, 200 * len(bomb)) + 65_536
    assert reasons(result).keys() == {"over-expansion-ratio"}


@pytest.mark.parametrize("compress", [brotli.compress, zstandard.compress])
def test_cut_streams_give_what_they_have(compress: object) -> None:
    text = "".join(f"{n * 7919} line of text\n" for n in range(20_000)).encode()
    data = compress(text)[:-200]  # type: ignore[operator]
    result = decoded(data, headers={"content-encoding": "br"}, url="")
    assert any(leaf.text.startswith("0 line of text") for leaf in result.leaves)
    assert reasons(result).keys() == {"corrupt-encoding"}


def test_utf_16_with_and_without_a_mark() -> None:
    for charset in ("utf-16", "utf-16-le", "utf-16-be"):
        assert leaves('{"a":"Jürgen"}'.encode(charset)) == {"body>json:$.a": "Jürgen"}


def test_a_declared_charset() -> None:
    body = "имя: Жанна".encode("cp1251")
    assert leaves(body, headers={"content-type": "text/plain; charset=windows-1251"}) == {
        "body>text": "имя: Жанна"
    }


def test_an_envelope_with_an_attachment_of_any_bytes() -> None:
    body = b'{"event_id":"x"}\n{"type":"event","length":16}\n{"user": "Jane"}\n'
    body += b'{"type":"attachment","length":15,"filename":"f"}\n{"a":1}\n{"b":2}\n'
    body += b'{"type":"log","length":1}\nz'
    found = leaves(body)
    assert found["body>ndjson[2]:$.user"] == "Jane"
    assert found["body>ndjson[4]>ndjson[1]:$.b"] == "2"
    assert found["body>ndjson[6]>text"] == "z"


def test_multipart_forms() -> None:
    body = (
        b'--XyZ\r\nContent-Disposition: form-data; name="user[email]"\r\n\r\njane@example.com\r\n'
        b'--XyZ\r\nContent-Disposition: form-data; name="file"; filename="Jane Doe.json"\r\n'
        b"Content-Type: application/json\r\n\r\n" + DOCUMENT + b"\r\n--XyZ--\r\n"
    )
    assert (
        leaves(body, headers=MULTIPART)
        == leaves(body)
        == {
            "body>multipart:user[email]>text": "jane@example.com",
            "body>multipart:file>filename": "Jane Doe.json",
            "body>multipart:file>json:$.email": "jane@example.com",
        }
    )
    by_path = {leaf.path: leaf.keys for leaf in decoded(body).leaves}
    assert by_path["body>multipart:user[email]>text"] == ("user", "email")


def test_multipart_in_multipart_with_requests_and_transfer_encodings() -> None:
    inner = b"--in\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    inner += base64.encodebytes("Jürgen".encode()) + b"--in--\n"
    body = b"--out\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n" + inner
    body += (
        b"\r\n--out\r\nContent-Type: application/http\r\n\r\nPOST /v1/jane%40example.com?zip=28013"
    )
    body += b" HTTP/1.1\r\nContent-Type: application/json\r\nX-Tag: Bo\r\n\r\n" + DOCUMENT
    body += b"\r\n--out--\r\n"
    assert leaves(body) == {
        "body>multipart:part0>multipart:part0>text": "Jürgen",
        "body>multipart:part1>http>url.path[1]": "v1",
        "body>multipart:part1>http>url.path[2]": "jane@example.com",
        "body>multipart:part1>http>url.query:zip": "28013",
        "body>multipart:part1>http>header:x-tag": "Bo",
        "body>multipart:part1>http>json:$.email": "jane@example.com",
    }


def test_soap() -> None:
    body = b"""<?xml version="1.0" encoding="iso-8859-1"?>
    <s:Envelope xmlns:s="http://s.example"><s:Body><u:user xmlns:u="u" u:zip="28013">
    <name>J\xfcrgen</name><!-- c --><note><![CDATA[a < b]]></note></u:user></s:Body></s:Envelope>"""
    assert leaves(body) == {
        "body>xml:/Envelope/Body/user/@zip": "28013",
        "body>xml:/Envelope/Body/user/name": "Jürgen",
        "body>xml:/Envelope/Body/user/note": "a < b",
    }


def test_xml_that_was_cut_keeps_its_leaves() -> None:
    found = leaves("<r><email>jane@example.com</email><zip>280")
    assert found["body>xml:/r/email"] == "jane@example.com"
    assert "280" in found.values()


@pytest.mark.parametrize("kind", ["'jane'", "SYSTEM 'file:///etc/passwd'"])
def test_entities_are_never_expanded(kind: str) -> None:
    body = f"<!DOCTYPE a [<!ENTITY x {kind}>]><a>&x;</a>"
    assert leaves(f"<?xml version='1.0'?>{body}") == {"body>text": f"<?xml version='1.0'?>{body}"}


def test_msgpack() -> None:
    body = msgspec.msgpack.encode([[{"meta": {"usr.name": "Jane"}, 7: 1.5, "n": None}]])
    assert leaves(body) == {
        "body>msgpack:$[0][0].meta.usr.name": "Jane",
        "body>msgpack:$[0][0].7": "1.5",
    }


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(raw)) + raw


PROTOBUF: Headers = {"content-type": "application/x-protobuf"}
MESSAGE = (
    field(1, field(1, "Jürgen") + b"\x19" + struct.pack("<d", 52.52))
    + field(4, "jane@example.com")
    + field(4, "two\nlines")
    + b"\x28\x07"
)
READ = {
    "1.1": "Jürgen",
    "1.3": "52.52",
    "4[0]": "jane@example.com",
    "4[1]": "two\nlines",
    "5": "7",
}


def test_protobuf_without_a_schema() -> None:
    assert leaves(MESSAGE, headers=PROTOBUF) == {f"body>protobuf:$.{k}": v for k, v in READ.items()}
    assert leaves(MESSAGE) == leaves(MESSAGE, headers=PROTOBUF)


def test_entries_of_maps_have_their_keys() -> None:
    body = field(9, field(1, "email") + field(2, "jane@example.com"))
    [leaf] = [x for x in decoded(body, headers=PROTOBUF).leaves if "@" in x.text]
    assert (leaf.path, leaf.keys) == ("body>protobuf:$.9.2", ("email",))


def test_telemetry_has_the_names_of_its_public_schema() -> None:
    pair = field(1, "email") + field(2, field(1, "jane@example.com"))
    span = field(1, bytes(16)) + field(2, bytes(8)) + field(5, "GET /") + field(9, pair)
    body = field(1, field(1, b"") + field(2, field(2, span)))
    [leaf] = [x for x in decoded(body, headers=PROTOBUF).leaves if "@" in x.text]
    where = "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.stringValue"
    assert leaf.path == f"body>protobuf:$.{where}"
    assert leaf.keys == ("resourceSpans", "scopeSpans", "spans", "attributes", "email")


def test_grpc_frames() -> None:
    body = b"".join(b"\0" + len(MESSAGE).to_bytes(4, "big") + MESSAGE for _ in range(2))
    for headers in ({}, {"content-type": "application/grpc"}):
        assert leaves(body, headers=headers) == {  # type: ignore[arg-type]
            f"body>grpc[{n}]>protobuf:$.{k}": v for n in range(2) for k, v in READ.items()
        }


def test_a_compressed_grpc_frame() -> None:
    data = zlib.compress(MESSAGE, wbits=31)
    body = b"\1" + len(data).to_bytes(4, "big") + data
    found = leaves(body, headers={"content-type": "application/grpc", "grpc-encoding": "gzip"})
    assert found["body>grpc[0]>gzip>protobuf:$.1.1"] == "Jürgen"


def test_the_budget_of_steps_ends_the_work() -> None:
    from detectors.decode import Budget

    body = json.dumps([{"a": n} for n in range(1000)])
    result = decoded(body, budget=Budget(steps=500), url="")
    assert len(result.leaves) < 600
    assert "over-step-budget" in reasons(result)
