"""Recognition by key names: `billingPostalCode` says what its value is, if the value agrees.

The words are data (keys.yaml, read by `lexicon`); this module finds the term that a key ends with.
A decision depends on the keys alone, so it is made once a key path and cached; what is left for
each value is one test of its shape.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.birth import BirthKeys
from detectors.scan.lexicon import Lexicon, default_lexicon, joined, split, table
from detectors.scan.shapes import SHAPES, STRICT, Shape, called, full_name, introduced_name

__all__ = ["Decision", "KeyNames", "Lexicon", "Option", "default_lexicon", "split"]

CACHED_KEYS = 20_000
_SURE, _WITH_CONTEXT = 0.85, 0.6
_LONGEST_TERM = 5
_SHORTEST_GLUED = 5
"""Letters of the shortest term that is found in a word without separators: `customeremail`."""

_NAMES = joined(["name", "nom", "nombre", "nome", "naam", "names", "nazwa", "namen"])
_NOT_IN_ADDRESSES = frozenset(
    ["PERSON", "USERNAME", "HEALTH", "POSTCODE", "STREET_ADDRESS", "SECRET", "GEO", "NATIONAL_ID"]
)
"""Not told by the segment before in a URL's path: `/user/settings` is no user name."""

Words = tuple[str, ...]
Proposer = Callable[[tuple[Words, ...]], str | None]
"""Further evidence for a key path that the lexicon does not know: an entity, or None."""


class Option(NamedTuple):
    """One entity that a key stands for; `needs_company` where only among other personal data."""

    entity: str
    shape: Shape
    needs_company: bool
    score: float = _SURE
    evidence: str = ""


class Decision(NamedTuple):
    """What a key path says: the entities it may stand for, whether its value is ABOUT something
    (an id, a time), so that digits in it mean nothing, and which of the keys decided (counted
    from the last; the later ones are wrappers)."""

    options: tuple[Option, ...] = ()
    about: bool = False
    depth: int = 1


class KeyNames:
    """Recognises values by the names of their keys."""

    def __init__(self, lexicon: Lexicon, propose: Proposer | None = None) -> None:
        self.entities = frozenset(lexicon.entities)
        self._ends = table(lexicon, "ends")
        self._whole = table(lexicon, "whole")
        self._owned = table(lexicon, "owned")
        self._full = table(lexicon, "full")
        self._weak = table(lexicon, "weak")
        self._people = joined(lexicon.people)
        self._things = joined(lexicon.things)
        self._wrappers = joined(lexicon.wrappers)
        self._about = joined(lexicon.about)
        self._generic = joined(lexicon.generic)
        self._tails = joined(lexicon.tails)
        self._qualifiers = self._people | self._tails | joined(lexicon.containers)
        self._birth = BirthKeys(lexicon.birth)
        self._propose = propose
        self.containers = joined(lexicon.containers)
        self.decide = lru_cache(maxsize=CACHED_KEYS)(self._decide)

    def find(self, leaf: Leaf, *, in_company: bool, strict: bool = False) -> Iterator[Hit]:
        """The whole leaf as what its key says, where the value's shape agrees; with `strict`, the
        shape for keys that may well mean another thing."""
        text = leaf.text
        for entity, shape, needs_company, score, evidence in self.decide(leaf.keys).options:
            if needs_company and not in_company:
                continue
            if not shape(text) or (strict and not STRICT.get(entity, shape)(text)):
                continue
            if entity in _NOT_IN_ADDRESSES and leaf.path.startswith("url.path"):
                continue
            yield Hit(leaf, entity, 0, len(text), score, evidence)
            return

    def _decide(self, keys: tuple[str, ...]) -> Decision:
        names = [split(key) for key in keys]
        depth = 1
        while names and "".join(names[-1]) in self._wrappers:
            names.pop()
            depth += 1
        if not names or not names[-1]:
            return Decision(depth=depth)
        above = self._above(names[:-1])
        options = self._options(names[-1], above)
        if not options and self._propose is not None:
            options = self._proposed(names)
        return Decision(options, about=names[-1][-1] in self._about, depth=depth)

    def _options(self, own: Words, above: Words) -> tuple[Option, ...]:
        """The options of a key, or of the key without an end that changes nothing."""
        birth_part = self._birth.part(own, above)
        if birth_part is not None:
            return (_option("DATE_OF_BIRTH", birth_part),)
        while True:
            options = (*self._sure(own, above), *self._unsure(own, above))
            if options or len(own) < 2 or own[-1] not in self._tails:
                return options
            own = own[:-1]

    def _above(self, names: list[Words]) -> Words:
        """The nearest key above that says something; the nearest at all where none does."""
        for name in reversed(names):
            if name and "".join(name) not in self._generic:
                return name
        return names[-1] if names else ()

    def _sure(self, own: Words, above: Words) -> Iterator[Option]:
        word = "".join(own)
        entities = list(self._whole.get(word, ())) or list(self._ends_with(own))
        if above:
            entities += self._ends.get(above[-1] + word, ())
        owned = not self._of_a_thing(own, above)
        if owned:
            entities += [
                entity for suffix in _suffixes(own) for entity in self._owned.get(suffix, ())
            ]
        for entity in dict.fromkeys(entities):
            yield _option(entity, SHAPES[entity])
        if own[-1] in _NAMES and owned and self._of_a_person(own, above):
            yield _option("PERSON", called)
        for entity in self._full.get(word, ()):
            yield _option(entity, STRICT.get(entity, SHAPES[entity]), _WITH_CONTEXT)

    def _ends_with(self, own: Words) -> Iterator[str]:
        """The entities of the terms that a key ends with; a plural is as good."""
        for suffix in _suffixes(own):
            yield from self._ends.get(suffix) or self._ends.get(suffix.removesuffix("s"), ())
        if not own[-1].isascii() or (len(own) == 1 and len(own[0]) > _SHORTEST_GLUED):
            yield from self._glued(own[-1])

    def _glued(self, word: str) -> Iterator[str]:
        """A term at the end of a word without separators: after any signs of a script that has
        none (`顧客電話番号`), else after a word that says whose or which (`customeremail`)."""
        for start in range(1, len(word) - 1):
            entities = self._ends.get(word[start:])
            if entities and (not word.isascii() or self._may_be_glued(word, start)):
                yield from entities
                return

    def _may_be_glued(self, word: str, start: int) -> bool:
        return len(word) - start >= _SHORTEST_GLUED and word[:start] in self._qualifiers

    def _of_a_person(self, own: Words, above: Words) -> bool:
        return any(suffix in self._people for suffix in _suffixes(own[:-1] or above))

    def _of_a_thing(self, own: Words, above: Words) -> bool:
        """Whether the words nearest to the term speak of a thing: `product display name`."""
        for qualifier in (own[:-1], above):
            for suffix in _suffixes(qualifier):
                if suffix in self._people:
                    return False
                if suffix in self._things:
                    return True
        return False

    def _unsure(self, own: Words, above: Words) -> Iterator[Option]:
        qualifier = own[:-1] or above
        if any(suffix in self._things for suffix in _suffixes(qualifier)):
            return
        for entity in self._weak.get("".join(own), ()):
            shape = self._strict(entity, own)
            yield Option(entity, shape, True, _WITH_CONTEXT, f"key:{entity.lower()}")

    def _strict(self, entity: str, own: Words) -> Shape:
        """The shape for a key that may mean another thing: `customer` may be a company's number,
        `name` a column's."""
        if entity != "PERSON":
            return SHAPES[entity]
        return full_name if len(own) == 1 and own[0] in self._people else introduced_name

    def _proposed(self, names: list[Words]) -> tuple[Option, ...]:
        """What the linear model adds: never for ids and times, and never without a strict shape."""
        own = names[-1]
        if own[-1] in self._about or self._of_a_thing(own, self._above(names[:-1])):
            return ()
        entity = self._propose(tuple(names)) if self._propose is not None else None
        if entity is None:
            return ()
        shape = STRICT.get(entity, SHAPES[entity])
        return (
            Option(entity, shape, entity == "PERSON", _WITH_CONTEXT, f"model:{entity.lower()}"),
        )


def _option(entity: str, shape: Shape, score: float = _SURE) -> Option:
    return Option(entity, shape, needs_company=False, score=score, evidence=f"key:{entity.lower()}")


def _suffixes(words: Words) -> Iterator[str]:
    for start in range(max(0, len(words) - _LONGEST_TERM), len(words)):
        yield "".join(words[start:])
