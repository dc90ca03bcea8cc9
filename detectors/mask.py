"""Personal data masked, its shape kept: `j***@e***`."""

import re

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d")


def mask(value: str) -> str:
    """The first letter of each word of letters; nothing of a number. How long words are, and how
    many digits there are, is hidden as well. Of an e-mail address only the two beginnings stay."""
    local, at, domain = value.partition("@")
    if at and local and domain:
        return f"{local[0]}***@{domain[0]}***"
    return _WORD.sub(_mask_word, value)


def _mask_word(word: re.Match[str]) -> str:
    return "***" if _DIGITS.search(word[0]) or len(word[0]) < 2 else f"{word[0][0]}***"
