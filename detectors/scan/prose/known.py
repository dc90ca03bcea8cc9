"""Values found elsewhere in the same request, looked up in its running text.

Known values are in tables by their first word, so a request with a thousand known values costs a
text no more than one with a single value.
"""

import re
from collections.abc import Iterable, Iterator

from detectors.scan.base import Hit
from detectors.scan.keys.lexicon import split
from detectors.scan.prose.names import Names
from detectors.scan.prose.segments import Prose

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SHORTEST = {
    "STREET_ADDRESS": 6, "USERNAME": 5, "POSTCODE": 5, "NATIONAL_ID": 6, "PASSPORT": 6,
    "DATE_OF_BIRTH": 8, "IBAN_CODE": 12,
}  # fmt: skip
_PHONE = re.compile(r"(?<![\w+.-])\+?[\d(][\d ().\-/]{5,22}\d(?![\w-])")
_NOT_DIGIT = re.compile(r"\D")
_NATIONAL = 8
"""Last digits in which two notations of one phone number agree."""
_INITIAL = re.compile(r"([^\W\d_])\. ?$")
_LONGEST = 120
_MOST = 5_000
"""Known values that are looked up; of a larger request the first ones."""


class Known:
    """What is known from hits, and where it stands in running text."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._parts: set[str] = set()
        self._values: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
        self._phones: set[str] = set()
        self._count = 0

    def add_all(self, hits: Iterable[Hit]) -> None:
        """Learns from hits; a request's own, whatever found them."""
        for hit in hits:
            if self._count >= _MOST:
                return
            if hit.end - hit.start <= _LONGEST:
                self._add(hit.entity, hit.value)

    def _add(self, entity: str, value: str) -> None:
        self._count += 1
        if entity == "PERSON":
            self._parts.update(word for word in _WORD.findall(value) if self._telling(word))
        elif entity == "PHONE_NUMBER":
            digits = _NOT_DIGIT.sub("", value)
            if len(digits) > _NATIONAL:
                self._phones.add(digits[-_NATIONAL:])
        elif len(value.strip()) >= _SHORTEST.get(entity, 1_000):
            words = tuple(_WORD.findall(value.lower()))
            if words:
                alone = entity == "POSTCODE" or (entity == "USERNAME" and value.isalpha())
                entry = words, entity, alone
                same = self._values.setdefault(words[0], [])
                if entry not in same and len(same) < 20:
                    same.append(entry)

    def _telling(self, word: str) -> bool:
        """Whether a part of a name can be told from a word that means something else."""
        if not word.isascii() and not word[0].isupper():
            return len(word) > 1 and not word[0].islower()
        return len(word) > 2 and word[0].isupper() and word.lower() not in self._names.never

    def find(self, prose: Prose) -> Iterator[Hit]:
        """A hit for each known value in the text."""
        if self._parts and not self._parts.isdisjoint(prose.words) and not self._is_place(prose):
            yield from self._people(prose)
        if not self._values.keys().isdisjoint(prose.vocabulary):
            yield from self._exact(prose)
        if self._phones:
            for found in _PHONE.finditer(prose.text):
                if _NOT_DIGIT.sub("", found.group())[-_NATIONAL:] in self._phones:
                    yield Hit(prose.leaf, "PHONE_NUMBER", *found.span(), 0.85, "known")

    def _is_place(self, prose: Prose) -> bool:
        """Whether the key says so: towns are called after people, and people after towns."""
        keys = prose.leaf.keys
        return bool(keys) and not self._names.places.isdisjoint(split(keys[-1])[-1:])

    def _people(self, prose: Prose) -> Iterator[Hit]:
        words, parts, last = prose.words, self._parts, 0
        for at in [n for n, word in enumerate(words) if word in parts]:
            if at < last:
                continue
            last = self._end(prose, at)
            if last - at > 1 or words[at].lower() not in self._names.ambiguous:
                start = self._with_initial(prose, prose.starts[at])
                yield Hit(prose.leaf, "PERSON", start, prose.ends[last - 1], 0.65, "known")

    def _end(self, prose: Prose, at: int) -> int:
        """The word after the last known part that follows, perhaps after a particle (`da`)."""
        end, words, parts = at + 1, prose.words, self._parts
        while end < len(words) and prose.gap(end) == " ":
            if words[end] in parts:
                end += 1
            elif (
                words[end] in self._names.particles
                and words[end + 1 : end + 2]
                and words[end + 1] in parts
            ):
                end += 2
            else:
                break
        return end

    def _with_initial(self, prose: Prose, start: int) -> int:
        found = _INITIAL.search(prose.text, max(0, start - 4), start)
        if found and any(part.startswith(found.group(1)) for part in self._parts):
            return found.start(1)
        return start

    def _exact(self, prose: Prose) -> Iterator[Hit]:
        lowers = prose.lowers
        for at, word in enumerate(lowers):
            for words, entity, alone in self._values.get(word, ()):
                end = at + len(words)
                if tuple(lowers[at:end]) != words or (alone and not _stands_alone(prose, at, end)):
                    continue
                yield Hit(prose.leaf, entity, prose.starts[at], prose.ends[end - 1], 0.75, "known")


def _stands_alone(prose: Prose, at: int, end: int) -> bool:
    """No part of a longer identifier, number or address."""
    text = prose.text
    before, after = text[: prose.starts[at]][-1:], text[prose.ends[end - 1] :][:1]
    return before not in ("-", ".", "/", "@", "#", "_", ":") and after not in (
        "-",
        "/",
        "@",
        "_",
        ":",
    )


def from_structure(found: Iterable[Hit]) -> Iterator[Hit]:
    """The hits that fill their leaf: what a request states in its fields."""
    for hit in found:
        if hit.start == 0 and hit.end == len(hit.leaf.text):
            yield hit
