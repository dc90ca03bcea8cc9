"""Excerpts of a leaf with the personal data masked, its shape kept: `j***@e***`."""

import re
from collections.abc import Sequence

from detectors.scan.base import Hit

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d")
_AROUND = 24
"""Characters of a leaf shown before and after the hits; other text may be personal as well."""


def mask(value: str) -> str:
    """The first letter of each word of letters; nothing of a number. How long words are, and how
    many digits there are, is hidden as well. Of an e-mail address only the two beginnings stay."""
    local, at, domain = value.partition("@")
    if at and local and domain:
        return f"{local[0]}***@{domain[0]}***"
    return _WORD.sub(_mask_word, value)


def _mask_word(word: re.Match[str]) -> str:
    return "***" if _DIGITS.search(word[0]) or len(word[0]) < 2 else f"{word[0][0]}***"


def excerpt(leaf_text: str, hits: Sequence[Hit]) -> str:
    """The leaf around its hits (which do not overlap), each of them masked."""
    pieces: list[str] = []
    at = 0
    for hit in sorted(hits, key=lambda hit: hit.start):
        pieces += [_shorten(leaf_text[at : hit.start]), mask(hit.value)]
        at = hit.end
    return "".join([*pieces, _shorten(leaf_text[at:])])


def _shorten(text: str) -> str:
    if len(text) <= 2 * _AROUND:
        return text
    return f"{text[:_AROUND]}…{text[-_AROUND:]}"
