"""Words around a value that name what it is: in its key, or just before it in prose."""

import re
from collections.abc import Iterable
from functools import lru_cache

from detectors.decode.base import Leaf
from detectors.scan.keys import split

_BEFORE = 60
"""Characters before a value in which a naming word counts."""
_NEAREST_KEYS = 3
_CACHED_KEYS = 20_000


class Context:
    """Some words, and whether they name a value."""

    def __init__(self, words: Iterable[str]) -> None:
        terms = sorted(words, key=len, reverse=True)
        spaced = [r"\s*".join(map(re.escape, term.lower().split())) for term in terms]
        self._search = re.compile(
            rf"(?<!\w)(?:{'|'.join(spaced) or '(?!)'})(?!\w)", re.IGNORECASE
        ).search

    def names(self, leaf: Leaf, start: int) -> bool:
        """Whether one of the words stands in the nearest keys or shortly before `start`."""
        return (
            self._search(leaf.text, max(0, start - _BEFORE), start) is not None
            or self._search(_key_words(leaf.keys)) is not None
        )


@lru_cache(maxsize=_CACHED_KEYS)
def _key_words(keys: tuple[str, ...]) -> str:
    nearest = [split(key) for key in keys[-_NEAREST_KEYS:]]
    return " | ".join(f"{' '.join(words)} | {''.join(words)}" for words in nearest)
