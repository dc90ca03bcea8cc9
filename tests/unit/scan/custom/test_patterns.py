"""Patterns of a configuration that may take long are refused."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.scan.custom.patterns import bounded

FINE = [
    r"K-?\d{8}",
    r"[A-Z]{2}\d+",
    r"(?:\d{4}[ -]?){3}\d{4}",
    r"a|bc",
    r"(?i)x\d*y",
    r"\d+\.\d+",
    r"(?:ab)?c",
    r"(?=\d)\w{3}",
]
SLOW = [
    r"(a+)+b",
    r"(?:a|a)*b",
    r"(\w+\s?)*$",
    r".*.*.*x",
    r"(?:(?:a{0,9}){0,9}){0,9}b",
    r"(a)\1",
    r"(?:\d+ ?){1,5}",
    r"(?:a{0,50}){0,50}b",
    "x" * 501,
    r"(a*)*",
    r"((ab)*)*",
    r"(?:a?){0,40}a{40}(?:b?){0,40}(?:x+)*",
]


@pytest.mark.parametrize("pattern", FINE)
def test_fine(pattern: str) -> None:
    assert bounded(pattern) == re.compile(pattern)


@pytest.mark.parametrize("pattern", SLOW)
def test_slow(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        bounded(pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "(?P<x"])
def test_broken(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        bounded(pattern)


pieces = st.sampled_from(
    ["a", "b", "[ab]", ".", "(?:a|b)", "(ab)", "a+", "b*", "{0,9}", "+", "*", "?", "{0,99}", "|"]
)


@pytest.mark.timeout(60)  # what backtracks without bound never ends
@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=8).map("".join))
def test_what_is_taken_ends(pattern: str) -> None:
    try:
        compiled = bounded(pattern)
    except ValueError:
        return
    text = "ab" * 64 + "a" * 127 + "c"
    compiled.fullmatch(text)
