"""What all value shapes share: placeholders, letters, identifiers."""

import re
from collections.abc import Callable

Shape = Callable[[str], bool]
"""Whether a value looks like what its key says. Linear in the text's length; never raises."""

_LONGEST = 200
_NO_VALUES = """
- n/a na nil none null undefined unknown true false yes no default anonymous test guest admin root
system string redacted filtered [filtered] [redacted] other all any self me user email
"""
_PLACEHOLDERS = frozenset(["", *_NO_VALUES.split()])
HEX = re.compile(r"[0-9a-fA-F-]{16,}")


def plausible(text: str) -> bool:
    """Neither empty, nor long, nor one of the words that stand for no value."""
    return 0 < len(text) <= _LONGEST and text.strip().lower() not in _PLACEHOLDERS


def has_letter(text: str) -> bool:
    """Whether there is a letter of any script."""
    return any(map(str.isalpha, text))
