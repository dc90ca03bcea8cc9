"""Presidio's e-mail pattern in linear time.

`\\b(local)@domain\\b` tries every place of a long run of letters and dots, each to the run's end:
quadratic on base64 or on a list of host names. Here the search goes from `@` to `@`: only where a
domain follows and a local part can end before, the pattern itself searches from the end of what
came before. The matches are the same: the local part has no `@`, so the one behind a start decides.
(`regex`, as in Presidio: to `re`, `¼` is a letter.)
"""

from collections.abc import Iterator
from typing import Any

import regex

_LOCAL = r"[!#$%&'*+\-/=?^_`{|}~\w]"
_DOTTED = r"[!#$%&'*+\-/=?^_`{|}~\.\w]"
_DOMAIN = r"\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+"

KNOWN = rf"\b((({_LOCAL})|({_LOCAL}{_DOTTED}{{0,}}{_LOCAL}))[@]{_DOMAIN})\b"
"""The pattern that this is for; any other is searched for as it is."""

_WITH_LOCAL = regex.compile(rf"(?<={_LOCAL})@(?={_DOMAIN}\b)")
_NOT_LOCAL = regex.compile(rf"(?!{_DOTTED}).", regex.DOTALL)
_FIRST_LOOK = 64


def address_matches(pattern: Any, text: str) -> Iterator[Any]:
    """What `pattern.compiled_regex.finditer(text)` yields, for the known pattern."""
    compiled = pattern.compiled_regex
    done = 0
    for at in _WITH_LOCAL.finditer(text):
        if at.start() < done:
            continue
        match = compiled.search(text, _start(text, done, at.start()), _end(text, at.end()))
        if match is not None:
            yield match
            done = match.end()


def _start(text: str, least: int, at: int) -> int:
    """Where the characters before the `@` begin that a local part can have."""
    look = _FIRST_LOOK
    while True:
        low = max(least, at - look)
        ends = [other.end() for other in _NOT_LOCAL.finditer(text, low, at)]
        if ends or low == least:
            return ends[-1] if ends else least
        look *= 4


_DOMAIN_SIGNS = regex.compile(r"[\w.-]*")


def _end(text: str, start: int) -> int:
    """Where the characters after the `@` end that a domain can have."""
    found = _DOMAIN_SIGNS.match(text, start)
    return found.end() if found else start
