"""Words around a value that name what it is: in its key, or just before it in prose."""

import re
from collections.abc import Iterable
from functools import lru_cache

from detectors.decode.base import Leaf
from detectors.scan.keys.names import split

_BEFORE = 60
"""Characters before a value in which a naming word counts."""
_NEAREST_KEYS = 3
_CACHED_KEYS = 20_000


class Context:
    """Some words, and whether they name a value."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        terms = sorted(self.words, key=len, reverse=True)
        spaced = [r"\s*".join(map(re.escape, term.lower().split())) for term in terms]
        any_term = "|".join(spaced) or "(?!)"
        self._search = re.compile(rf"(?<!\w)(?:{any_term})(?!\w)", re.IGNORECASE).search
        self._in_keys = lru_cache(maxsize=_CACHED_KEYS)(self._are_in_keys)

    def may_name(self, leaf: Leaf) -> bool:
        """False only where `names` is False for every place in the leaf."""
        return self._search(leaf.text) is not None or self._in_keys(leaf.keys)

    def names(self, leaf: Leaf, start: int) -> bool:
        """Whether one of the words stands in the nearest keys or shortly before `start`."""
        return self._search(leaf.text, max(0, start - _BEFORE), start) is not None or self._in_keys(
            leaf.keys
        )

    def _are_in_keys(self, keys: tuple[str, ...]) -> bool:
        return self._search(_key_words(keys)) is not None


@lru_cache(maxsize=_CACHED_KEYS)
def _key_words(keys: tuple[str, ...]) -> str:
    nearest = [split(key) for key in keys[-_NEAREST_KEYS:]]
    return " | ".join(f"{' '.join(words)} | {''.join(words)}" for words in nearest)
