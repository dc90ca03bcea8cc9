"""Presidio's pattern for URLs without a scheme, at a cost that follows the hosts in a text.

`(www\\d{0,3}[.])?[a-z0-9.\\-]{1,253}[.](com|...)` tries, from every place of a text, 253 characters
back for a thousand endings: half a millisecond a place in a long dotted run. Here the endings are
found first, and the pattern itself searches from as far before one as its host can begin. Every
dot with an ending has a match that reaches it, so the matches are the same.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex

_KNOWN_HEAD = r"(?i)((www\d{0,3}[.])?[a-z0-9.\-]{1,253}[.](?:(?:"
_LABELS = r"[a-z0-9.\-]"
_ENDINGS = re.compile(r"\(\?:(?:\(\?:[a-z0-9\-]+\)\|?)+\)")
_LONGEST_HOST = 253 + len("www999.")


def is_known(pattern: Any) -> bool:
    """Whether this is the pattern meant; any other is searched for as it is."""
    return pattern.regex.startswith(_KNOWN_HEAD) and _endings(pattern.regex) is not None


def host_matches(pattern: Any, text: str) -> Iterator[Any]:
    """What `pattern.compiled_regex.finditer(text)` yields, for a known pattern."""
    endings = _endings(pattern.regex)
    done = 0
    for ending in endings.finditer(text):
        dot = ending.start()
        if dot <= done:
            continue
        match = pattern.compiled_regex.search(text, max(done, dot - _LONGEST_HOST))
        if match is None:
            return
        yield match
        done = match.end()


@lru_cache(maxsize=16)
def _endings(pattern: str) -> Any:
    """Matches the dots after which a host may end, None where the pattern has none."""
    found = _ENDINGS.search(pattern)
    if found is None or found.start() != len(_KNOWN_HEAD) - len("(?:(?:"):
        return None
    flags = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE
    return regex.compile(rf"(?<={_LABELS})[.]{found.group()}", flags)
