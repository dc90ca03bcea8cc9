"""What strings hold, and what only looks as if it did."""

import base64
import gzip
import json

import pytest

from tests.unit.decode.requests import decoded, leaves


def inside(text: str) -> dict[str, str]:
    """Path to text below the one member of a document."""
    start = len("body>json:$.a")
    return {path[start:]: found for path, found in leaves(json.dumps({"a": text})).items()}


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def test_json_with_space_around_and_in_a_string_of_a_string() -> None:
    assert inside('{"b": "c"}\n') == {">json:$.b": "c"}
    assert inside(json.dumps(json.dumps({"b": "c"}))) == {">json:$.b": "c"}


def test_lines_of_json() -> None:
    assert inside('{"b":"c"}\n{"b":"d"}') == {">ndjson[0]:$.b": "c", ">ndjson[1]:$.b": "d"}


def test_base64_of_either_alphabet() -> None:
    text = "Grüße an Jürgen?>~ÿÿ, jane@example.com"
    assert inside(b64(text)) == {">base64>text": text}
    url_safe = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert inside(url_safe) == {">base64>text": text}


def test_base64_in_lines() -> None:
    text = "name,email\r\nJane,jane@example.com\r\n" * 8
    lines = base64.encodebytes(text.encode()).decode()
    assert "jane@example.com" in inside(lines).values()


def test_json_and_gzip_in_base64() -> None:
    data = json.dumps({"email": "jane@example.com"})
    assert inside(b64(data)) == {">base64>json:$.email": "jane@example.com"}
    assert inside(b64(gzip.compress(data.encode()))) == {
        ">base64>gzip>json:$.email": "jane@example.com"
    }


@pytest.mark.parametrize(
    "text",
    [
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "3f2504e04f8941d39a0c0305e82c3301",
        "checkoutcompleted",
        "AbstractSingletonProxyFactoryBean",
        "2026-03-01T12:30:11.482Z",
        "/v1/customers/lookup/primary",
        "sk_live_51H8xYzKq0Wb3nVtR",
        "1795529235206",
        "usr_aMddT196XeXsXghH",
        "dQw4w9WgXcQdQw4w9WgXcQ",
    ],
)
def test_ids_are_no_base64(text: str) -> None:
    assert inside(text) == {"": text}


def test_binary_in_base64_is_counted_and_no_leaf() -> None:
    result = decoded(json.dumps({"a": b64(bytes(range(256)) * 8)}), url="")
    assert result.leaves == []
    assert [(entry.reason, entry.bytes) for entry in result.uninspected] == [("binary", 2048)]


def test_data_urls() -> None:
    assert inside(f"data:text/plain;base64,{b64('Jane Doe')}") == {">base64>text": "Jane Doe"}
    assert inside("data:,Jane%20Doe") == {">urldecode>text": "Jane Doe"}


def test_a_token_stays_and_shows_its_claims() -> None:
    claims = base64.urlsafe_b64encode(b'{"email":"jane@example.com"}').decode().rstrip("=")
    token = f"eyJhbGciOiJIUzI1NiJ9.{claims}.c2lnbmF0dXJl"
    assert inside(token) == {"": token, ">jwt:$.email": "jane@example.com"}
    bearer = f"Bearer {token}"
    assert inside(bearer) == {"": bearer, ">jwt:$.email": "jane@example.com"}


def test_an_address_is_split_by_its_parameters() -> None:
    body = json.dumps({"a": "https://h.example/p?email=jane%40example.com&zip=28013#x"})
    found = {leaf.path: leaf for leaf in decoded(body, url="").leaves if leaf.text != "x"}
    assert found["body>json:$.a>urldecode"].text == "jane@example.com"
    assert found["body>json:$.a>urldecode"].keys == ("a", "email")
    assert found["body>json:$.a"].keys == ("a", "zip")


def test_escapes_in_prose() -> None:
    text = "GET /users?email=jane%40example.com -> 200"
    result = decoded(json.dumps({"a": text}), url="")
    assert [(leaf.keys, leaf.text) for leaf in result.leaves] == [
        (("a",), text),
        (("a",), "/users"),
        (("a", "email"), "jane@example.com"),
    ]
    assert inside("100% of 50%ers") == {"": "100% of 50%ers"}


def test_xml_in_a_string_but_html_stays_text() -> None:
    assert inside('<?xml version="1.0"?><u><e>jane@example.com</e></u>') == {
        ">xml:/u/e": "jane@example.com"
    }
    for html in ("<p>Jane<br>Doe</p>", '<html xmlns="http://h.example"><p>Jane</p></html>'):
        assert inside(html) == {"": html}


def test_a_mail_in_base64_with_its_parts() -> None:
    mail = (
        "From: shop@example.com\r\nTo: Jane <jane@example.com>\r\n"
        "Subject: =?utf-8?q?F=C3=BCr_Jane?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=latin-1\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nJ=FCrgen\r\n"
        "--b\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="jane.json"\r\n\r\n'
        f"{b64(json.dumps({'zip': '28013'}))}\r\n--b--\r\n"
    )
    assert inside(b64(mail)) == {
        ">base64>mime.header:From": "shop@example.com",
        ">base64>mime.header:To": "Jane <jane@example.com>",
        ">base64>mime.header:Subject": "Für Jane",
        ">base64>mime.part[1]": "Jürgen",
        ">base64>mime.part[2]>filename": "jane.json",
        ">base64>mime.part[2]>json:$.zip": "28013",
    }
