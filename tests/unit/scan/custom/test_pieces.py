"""Matches in long texts: each once, and none that a cut made."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.scan.custom.pieces import matches

NUMBER = re.compile(r"(?<!\w)K\d{3,8}(?!\w)")


@pytest.mark.parametrize("before", [0, 1780, 1792, 2040, 2045, 2047, 2048, 5_000])
def test_wherever_a_text_is_cut(before: int) -> None:
    text = "." * before + "K12345" + "." * 3_000
    assert list(matches(NUMBER, text)) == [(before, "K12345")]


@pytest.mark.parametrize("before", range(2030, 2050))
def test_a_cut_makes_no_match_of_a_longer_word(before: int) -> None:
    assert list(matches(NUMBER, "." * before + "K1234567890" + "." * 3_000)) == []
    assert list(matches(NUMBER, "." * (before - 256) + "xK123" + "." * 3_000)) == []


@given(st.lists(st.sampled_from(["K123", "K12345678", "xK123", "K1", "-", "  ", "." * 250])))
def test_the_same_as_in_one_piece(words: list[str]) -> None:
    text = " ".join(words * 9)
    assert list(matches(NUMBER, text)) == [(m.start(), m[0]) for m in NUMBER.finditer(text)]
