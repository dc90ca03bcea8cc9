"""Hostile and damaged bodies: bounded work, and everything unread is counted. No timing: counts."""

import gzip
import json
import zlib

import msgspec
import pytest

from detectors.decode import Budget, decode_request
from detectors.records.events import Body, Http, Request
from tests.unit.decode.requests import decoded, leaves, reasons, request


def test_a_gzip_bomb_is_cut_at_the_ratio() -> None:
    bomb = gzip.compress(b"\x20" * 5_000_000)
    result = decoded(bomb, url="")
    assert len(bomb) * 200 >= sum(len(leaf.text) for leaf in result.leaves) > 0
    assert reasons(result).keys() == {"over-expansion-ratio"}


def test_a_bomb_in_a_bomb_shares_one_budget() -> None:
    bomb = gzip.compress(gzip.compress(b"\x20" * 20_000_000))
    result = decoded(bomb, budget=Budget(expanded_bytes=100_000))
    assert sum(len(leaf.text) for leaf in result.leaves) <= 100_000
    assert reasons(result)


def test_what_exceeds_the_bytes_is_counted_and_the_rest_is_read() -> None:
    result = decoded("x" * 1000, budget=Budget(expanded_bytes=600), url="")
    assert [len(leaf.text) for leaf in result.leaves] == [600]
    assert reasons(result) == {"over-size-budget": 400}


def test_of_a_truncated_gzip_what_came_out_is_read() -> None:
    lines = "".join(f"{n * 7919} jane@example.com\n" for n in range(2000))
    result = decoded(gzip.compress(lines.encode())[:-3000])
    assert any("jane@example.com" in leaf.text for leaf in result.leaves)
    assert reasons(result).keys() == {"corrupt-encoding"}


def test_damage_inside_gzip_keeps_what_came_before() -> None:
    text = "".join(f"line {n} of text\n" for n in range(20_000)).encode()
    data = bytearray(gzip.compress(text, 1))
    data[len(data) // 2 : len(data) // 2 + 64] = b"\xff" * 64
    result = decoded(bytes(data))
    [leaf] = [leaf for leaf in result.leaves if leaf.path == "body>gzip>text"]
    assert leaf.text.startswith("line 0 of text\nline 1 of text\n")
    assert reasons(result)["corrupt-encoding"] > 0


def test_many_tiny_gzip_members_are_not_all_followed() -> None:
    result = decoded(gzip.compress(b"x") * 5000)
    assert [leaf.text for leaf in result.leaves if leaf.path == "body>gzip>text"] == ["x" * 64]
    assert reasons(result)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_nested_10_000_deep_is_scanned_as_text(opening: str) -> None:
    result = decoded(opening * 10_000 + '"jane@example.com"')
    assert any("jane@example.com" in leaf.text for leaf in result.leaves)
    assert "over-depth" in reasons(result)


@pytest.mark.parametrize("depth", [20, 300, 1000])
def test_json_below_the_depth_is_one_leaf_of_text(depth: int) -> None:
    nested = '{"a":' * depth + '"jane@example.com"' + "}" * depth
    result = decoded(nested, budget=Budget(depth=10))
    [leaf] = [leaf for leaf in result.leaves if "jane@example.com" in leaf.text]
    assert leaf.path.endswith(">text")
    assert reasons(result).keys() == {"over-depth"}


def test_json_in_json_in_json_ends_at_the_depth() -> None:
    text = "jane@example.com"
    for _ in range(8):
        text = json.dumps({"a": text})
    result = decoded(text, budget=Budget(depth=6))
    assert any("jane@example.com" in leaf.text for leaf in result.leaves)


def test_no_more_leaves_than_the_budget() -> None:
    body = json.dumps(["x"] * 1000)
    result = decoded(body, budget=Budget(leaves=100))
    assert len(result.leaves) == 100
    assert reasons(result) == {"over-leaf-budget": 901}  # the address had one


def test_paths_stay_short_whatever_the_keys() -> None:
    body = json.dumps({"k" * 100_000: {"m" * 100_000: ["a", "b"]}})
    result = decoded(body)
    assert max(len(leaf.path) for leaf in result.leaves) < 300
    assert max(len(key) for leaf in result.leaves for key in leaf.keys) < 100


def test_a_truncated_capture_is_counted_by_its_size_on_the_wire() -> None:
    result = decoded('{"email":"jane@example.com","na', size=5000, truncated=True)
    assert any("jane@example.com" in leaf.text for leaf in result.leaves)
    assert reasons(result) == {"truncated-capture": 4969}


def test_content_that_is_not_base64_is_counted() -> None:
    event = msgspec.structs.replace(
        request(), http=Http(request=Request(body=Body(content="A", encoding="base64")))
    )
    assert reasons(decode_request(event, Budget())) == {"corrupt-encoding": 1}


def test_an_encoding_nested_below_the_depth_is_counted() -> None:
    data = b"x"
    for _ in range(5):
        data = gzip.compress(data)
    result = decoded(data, budget=Budget(depth=3), url="")
    assert result.leaves == []
    assert reasons(result).keys() == {"over-depth"}


def test_zlib_magic_in_text_is_text() -> None:
    assert leaves(b"x\x9cyz") == {"body>text": "x\x9cyz"}
    assert leaves(b"x^2 + y^2") == {"body>text": "x^2 + y^2"}


def test_trailing_garbage_is_counted() -> None:
    result = decoded(zlib.compress(b"hello") + b"garbage")
    assert reasons(result) == {"corrupt-encoding": 7}


def test_json_that_was_cut_keeps_its_leaves() -> None:
    found = leaves('{"user":{"email":"jane@example.com","zip":"28013"},"phone":"+34605')
    assert found == {
        "body>json:$.user.email": "jane@example.com",
        "body>json:$.user.zip": "28013",
        "body>text": "+34605",
    }


@pytest.mark.parametrize("body", ['{"a":"b", oops "c":"d"}', '[error] it\'s "bad"', "{{name}}"])
def test_what_is_no_json_at_all_is_text(body: str) -> None:
    assert leaves(body) == {"body>text": body}


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "[",
        '{"a":',
        '[{"a":',
        '"',
        "\\u",
        "{}\n",
        "[]\n",
        "=",
        "&",
        "a=&",
        "%",
        "%4",
        "a[",
        "\n",
    ],
)
def test_hostile_runs_end_with_bounded_leaves(piece: str) -> None:
    """64 KB each; a quadratic decoder would run into the test's time-out."""
    budget = Budget(leaves=1000)
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}):
        result = decoded((piece * 65_536)[:65_536], headers=headers, budget=budget)
        assert len(result.leaves) <= budget.leaves
