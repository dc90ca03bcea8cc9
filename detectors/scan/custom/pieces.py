"""Matches in long texts: piece by piece, so that a slow pattern is slow for a piece only."""

import re
from collections.abc import Iterator

_PIECE, _OVERLAP = 2048, 256
"""No match is longer than the overlap, so that each stands whole in some piece."""


def matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """Every match with its start, once. One that touches a cut may go on behind it: the
    neighbouring piece has it whole."""
    step, done = _PIECE - _OVERLAP, -1
    for at in range(0, max(1, len(text) - _OVERLAP), step):
        piece = text[at : at + _PIECE]
        for match in pattern.finditer(piece):
            start, end = at + match.start(), at + match.end()
            cut = start == at > 0 or (match.end() == len(piece) and end < len(text))
            if start > done and not cut:
                done = start
                yield start, match.group()
