"""Fields that repeat, alone, what another place of the request showed to be somebody's.

The parameters of a message template, a search for a name, a document's id that is a handle: their
keys say nothing, but the value is known from elsewhere, or is made of a name that is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.family import machine_form
from detectors.scan.keys.lexicon import split
from detectors.scan.keys.names import KeyNames

_SCORE = 0.6
_CACHED = 4_096
_LONGEST = 60
_PARTS = re.compile(r"[^\W\d_]{4,}")
_HANDLE = re.compile(r"[a-z][a-z]*(?:[._-]?[a-z0-9]+){0,3}", re.ASCII)
_DISTINCT = re.compile(r"\d|[._]")
_LETTERED = re.compile(r"[^\W\d_]")
_PREFIX = 4
"""Letters that a handle and a name begin with alike, at least."""
_ID_WORDS = frozenset(["id", "key", "uid", "ref", "token", "user", "handle", "owner", "login"])


class EchoReader:
    """Whole values that stand elsewhere as somebody's name, and handles made of one."""

    name = "echo"
    entities = frozenset(["PERSON", "USERNAME"])

    def __init__(self, keys: KeyNames) -> None:
        self._keys = keys

    def follow(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        people = [hit for hit in found if hit.entity == "PERSON" and hit.score >= _SCORE]
        values = dict(_values(found))
        if not values and not people:
            return
        starts: frozenset[str] | None = None
        taken = {id(hit.leaf) for hit in found if hit.score >= _SCORE}
        for leaf in decoded.leaves:
            text = leaf.text
            if len(text) > _LONGEST or id(leaf) in taken:
                continue
            entity = values.get(text)
            if entity is None and people and self._may_be_handle(leaf):
                starts = starts or frozenset(_starts(people))
                if not starts.isdisjoint(_PARTS.findall(text)):
                    entity = "USERNAME"
            if entity is not None:
                yield Hit(leaf, entity, 0, len(text), _SCORE, "known")

    def _may_be_handle(self, leaf: Leaf) -> bool:
        """Whether an id may be made of a name: `anniba_6946` is, beside Annibale."""
        return (
            bool(leaf.keys)
            and _is_id(leaf.keys[-1])
            and _HANDLE.fullmatch(leaf.text) is not None
            and not self._keys.decide(leaf.keys).options
        )


@lru_cache(maxsize=_CACHED)
def _is_id(key: str) -> bool:
    words = split(key)
    return bool(words) and words[-1] in _ID_WORDS


def _values(found: Iterable[Hit]) -> Iterator[tuple[str, str]]:
    """Values that cannot be taken for another thing."""
    for hit in found:
        value = hit.value
        if hit.entity == "PERSON" and hit.score >= _SCORE and _is_full(value):
            yield value, "PERSON"
        elif hit.entity == "USERNAME" and _is_handle(value):
            yield value, "USERNAME"


def _is_full(value: str) -> bool:
    """Whether a name is one with its surname."""
    return 1 < len(value.split()) < 5


def _is_handle(value: str) -> bool:
    """Whether a user name is more than a word: it has figures or marks in it."""
    return (
        _DISTINCT.search(value) is not None
        and _LETTERED.search(value) is not None
        and machine_form(value) is None
    )


def _starts(found: Iterable[Hit]) -> Iterator[str]:
    """The beginnings of the known names, four letters or more."""
    for hit in found:
        if hit.end - hit.start < _LONGEST:
            for word in _PARTS.findall(_plain(hit.value)):
                yield from (word[:end] for end in range(_PREFIX, len(word) + 1))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
