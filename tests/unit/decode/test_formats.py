"""Each body format: its leaves, their paths, and what is odd about it."""

import gzip
import json
import zlib

import pytest

from tests.unit.decode.requests import decoded, leaves, reasons

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_json_members_and_positions() -> None:
    body = json.dumps({"batch": [{"traits": {"email": "jane@example.com", "age": 41}}]})
    assert leaves(body) == {
        "body>json:$.batch[0].traits.email": "jane@example.com",
        "body>json:$.batch[0].traits.age": "41",
    }


def test_keys_are_those_on_the_way_without_positions() -> None:
    [leaf] = [x for x in decoded('{"batch":[{"traits":{"zip":"1"}}]}').leaves if x.text == "1"]
    assert leaf.keys == ("batch", "traits", "zip")


def test_json_says_nothing_of_null_and_booleans_but_counts_them_as_inspected() -> None:
    result = decoded('{"a":null,"b":true}', url="")
    assert result.leaves == []
    assert result.inspected == 19


def test_dotted_and_spaced_keys_stay_readable_and_odd_ones_are_quoted() -> None:
    found = leaves('{"http.client_ip":"1","Full name":"2","a>b":"3","it\'s":"4"}')
    assert found == {
        "body>json:$.http.client_ip": "1",
        "body>json:$.Full name": "2",
        "body>json:$['a>b']": "3",
        "body>json:$['it\\'s']": "4",
        "body>json:$.Full name>key": "Full name",
        "body>json:$['a>b']>key": "a>b",
        "body>json:$['it\\'s']>key": "it's",
    }


def test_a_key_that_is_data_is_a_leaf_too() -> None:
    assert "jane@example.com" in leaves('{"jane@example.com":{"plan":"x"}}').values()


def test_json_in_a_json_string() -> None:
    inner = json.dumps({"first": "Jane"})
    assert leaves(json.dumps({"AttributesData": inner})) == {
        "body>json:$.AttributesData>json:$.first": "Jane"
    }


def test_text_that_only_begins_like_json_stays_text() -> None:
    assert leaves('{"template":"{{name}}"}') == {"body>json:$.template": "{{name}}"}


def test_ndjson_numbers_its_lines() -> None:
    body = b'{"index":{"_id":"a"}}\n{"name":"Jane"}\n\nnot json\n'
    assert leaves(body) == {
        "body>ndjson[0]:$.index._id": "a",
        "body>ndjson[1]:$.name": "Jane",
        "body>ndjson[3]>text": "not json",
    }


def test_form_fields_and_their_keys() -> None:
    result = decoded(b"email=jane%40example.com&card%5Bnumber%5D=4111+1111", headers=FORM)
    by_path = {leaf.path: leaf for leaf in result.leaves}
    assert by_path["body>form:email"].text == "jane@example.com"
    assert by_path["body>form:card[number]"].text == "4111 1111"
    assert by_path["body>form:card[number]"].keys == ("card", "number")


def test_json_in_a_form_field() -> None:
    body = b"data=%7B%22%24set%22%3A%7B%22%24first_name%22%3A%22Jane%22%7D%7D"
    assert leaves(body, headers=FORM) == {"body>form:data>json:$.$set.$first_name": "Jane"}


def test_a_form_is_known_without_its_content_type() -> None:
    assert leaves(b"a=1&b=2") == {"body>form:a": "1", "body>form:b": "2"}


@pytest.mark.parametrize("body", [b"a note: x = y & z", b"<a href=x>", b"hello"])
def test_text_is_text(body: bytes) -> None:
    assert leaves(body) == {"body>text": body.decode()}


def test_the_content_type_is_not_believed() -> None:
    assert leaves(b'{"a":"b"}', headers=FORM) == {"body>json:$.a": "b"}
    assert leaves(b"hello", headers={"content-type": "application/json"}) == {"body>text": "hello"}


def test_latin_1_is_read_as_such() -> None:
    assert leaves("Straße: Jörg".encode("latin-1")) == {"body>text": "Straße: Jörg"}
    assert leaves('{"a":"Jörg"}'.encode("latin-1")) == {"body>json:$.a": "Jörg"}
    assert leaves(b"name=J%F6rg", headers=FORM) == {"body>form:name": "Jörg"}


def test_a_byte_order_mark_does_not_hide_json() -> None:
    assert leaves(b'\xef\xbb\xbf{"a":"b"}') == {"body>json:$.a": "b"}


def test_lone_surrogates_become_valid_text() -> None:
    found = leaves(rb'{"a":"x\ud800y","\udfff":"z"}')
    for path, text in found.items():
        path.encode()
        text.encode()
    assert found["body>json:$.a"] == "x?y"


def test_numbers_that_are_not_json() -> None:
    assert leaves('{"a":NaN,"b":"jane@example.com"}')["body>json:$.b"] == "jane@example.com"


@pytest.mark.parametrize(
    ("encode", "header", "step"),
    [
        (gzip.compress, "gzip", "gzip"),
        (gzip.compress, "", "gzip"),
        (zlib.compress, "deflate", "deflate"),
        (lambda data: zlib.compress(data, wbits=-15), "deflate", "deflate"),
    ],
)
def test_compressed_bodies(encode: object, header: str, step: str) -> None:
    data = encode(b'{"email":"jane@example.com"}')  # type: ignore[operator]
    found = leaves(data, headers={"Content-Encoding": header})
    assert found == {f"body>{step}>json:$.email": "jane@example.com"}


def test_encodings_are_a_list() -> None:
    twice = gzip.compress(zlib.compress(b"hello"))
    assert leaves(twice, headers={"content-encoding": "deflate, gzip"}) == {
        "body>gzip>deflate>text": "hello"
    }


def test_a_declared_encoding_that_was_taken_off_by_the_capture() -> None:
    assert leaves(b'{"a":"b"}', headers={"content-encoding": "gzip"}) == {"body>json:$.a": "b"}


def test_joined_gzip_members_are_one_body() -> None:
    assert leaves(gzip.compress(b"one ") + gzip.compress(b"two")) == {"body>gzip>text": "one two"}


def test_an_encoding_nobody_here_knows_is_counted() -> None:
    data = bytes(range(256)) * 4
    assert reasons(decoded(data, headers={"content-encoding": "lzma"})) == {
        "unknown-encoding": 1024
    }
    assert leaves(b"hello", headers={"content-encoding": "aws-chunked"}) == {"body>text": "hello"}


def test_binary_is_counted() -> None:
    assert reasons(decoded(bytes(range(256)))) == {"binary": 256}
