"""Words that name a value: in the nearest keys, or shortly before it in prose.

One table answers for all kinds at once: the words are looked up, not searched for, so that the cost
does not grow with their number. Only recognisers that have a candidate ask.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from detectors.decode.base import Leaf
from detectors.scan.keys.lexicon import split
from detectors.scan.patterns.data import default_patterns

_BEFORE = 60
"""Characters before a value in which a naming word counts."""
_LONGEST_TERM = 5
_NEAREST_KEYS = 3
_CACHED_KEYS = 20_000
_PROSE_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
"""Scripts that write words without spaces, or with particles joined to them."""
_NOTHING: frozenset[str] = frozenset()


class Cues:
    """Terms by label, and which labels name the value at a place."""

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        table: dict[str, frozenset[str]] = {}
        for label, listed in terms.items():
            for term in listed:
                joined = "".join(split(term))
                table[joined] = table.get(joined, _NOTHING) | {label}
        self._table = table
        self._unspaced = {t: labels for t, labels in table.items() if _UNSPACED.match(t)}
        self.of_keys = lru_cache(maxsize=_CACHED_KEYS)(self._of_keys)

    def named(self, leaf: Leaf, start: int) -> frozenset[str]:
        """The labels whose words stand in the nearest keys or before `start`."""
        labels = self.of_keys(leaf.keys)
        return labels | self.before(leaf.text, start) if start > 1 else labels

    def before(self, text: str, start: int) -> frozenset[str]:
        """The labels whose words stand shortly before `start` in the same line."""
        near = text[max(0, start - _BEFORE) : start]
        near = near[near.rfind("\n") + 1 :]
        words = [word for run in _PROSE_WORD.findall(near) for word in split(run.lower())]
        found = self._in(words)
        if not near.isascii():
            joined = "".join(words)
            found = found.union(*(self._unspaced[t] for t in self._unspaced if t in joined))
        return found

    def _of_keys(self, keys: tuple[str, ...]) -> frozenset[str]:
        return _NOTHING.union(*(self._in(split(key)) for key in keys[-_NEAREST_KEYS:]))

    def _in(self, words: Sequence[str]) -> frozenset[str]:
        found = _NOTHING
        for first in range(len(words)):
            term = ""
            for word in words[first : first + _LONGEST_TERM]:
                term += word
                found |= self._table.get(term, _NOTHING)
        return found


@cache
def default_cues() -> Cues:
    """The cues of patterns.yaml; one a process, for the sake of its cache."""
    return Cues(default_patterns().cues)
