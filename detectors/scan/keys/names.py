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
from detectors.scan.keys.birth import BirthKeys
from detectors.scan.keys.lexicon import Lexicon, default_lexicon, joined, split, table
from detectors.scan.keys.people import known_name
from detectors.scan.keys.shapes import SHAPES, STRICT, Shape, called, full_name, introduced_name

__all__ = ["Decision", "KeyNames", "Lexicon", "Option", "default_lexicon", "split"]

CACHED_KEYS = 20_000
_SURE, _WITH_CONTEXT = 0.85, 0.6
_LONGEST_TERM = 5
_SHORTEST_GLUED = 5
"""Letters of the shortest term that is found in a word without separators: `customeremail`."""

_QUOTES = "'\""
_PERCENT_DECODED = ">urldecode"
_ID = ("id",)
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
        self._machines = joined(lexicon.machines)
        self._known = table(lexicon, "known")
        self._wrappers = joined(lexicon.wrappers)
        self._about = joined(lexicon.about)
        self._generic = joined(lexicon.generic)
        self._inner = joined(lexicon.inner)
        self._pairs = joined(lexicon.pairs)
        self._tails = joined(lexicon.tails)
        self._qualifiers = self._people | self._tails | joined(lexicon.containers)
        self._birth = BirthKeys(lexicon.birth)
        self._propose = propose
        self.containers = joined(lexicon.containers)
        self.decide = lru_cache(maxsize=CACHED_KEYS)(self._decide)

    def find(self, leaf: Leaf, *, in_company: bool, strict: bool = False) -> Iterator[Hit]:
        """The whole leaf as what its key says, where the value's shape agrees; with `strict`, the
        shape for keys that may well mean another thing."""
        start, text = unquoted(leaf.text)
        for entity, shape, needs_company, score, evidence in self.decide(leaf.keys).options:
            if needs_company and not in_company:
                continue
            if not shape(text) or (strict and not STRICT.get(entity, shape)(text)):
                continue
            if entity in _NOT_IN_ADDRESSES and leaf.path.startswith("url.path"):
                continue
            if entity == "SECRET" and leaf.path.endswith(_PERCENT_DECODED):
                continue  # a password is kept as it is written
            yield Hit(leaf, entity, start, start + len(text), score, evidence)
            return

    def _decide(self, keys: tuple[str, ...]) -> Decision:
        names = [split(key) for key in keys]
        depth = 1
        while names and (wrapping := self._wrapping(names, depth)):
            del names[-wrapping:]
            depth += wrapping
        if not names or not names[-1]:
            return Decision(self._searched(keys), depth=depth)
        above = self._above(names[:-1])
        options = self._options(names[-1], above)
        if not options and self._propose is not None:
            options = self._proposed(names)
        return Decision(options, about=names[-1][-1] in self._about, depth=depth)

    def _wrapping(self, names: list[Words], depth: int) -> int:
        """How many of the last keys only wrap the value of those before them."""
        last = "".join(names[-1])
        if last in self._wrappers or (depth > 1 and last in self._inner):
            return 1
        return 2 if len(names) > 2 and "".join(names[-2]) + last in self._pairs else 0

    def _searched(self, keys: tuple[str, ...]) -> tuple[Option, ...]:
        """What a key that is a wrapper alone may hold: `query` may be somebody looked for."""
        word = "".join(split(keys[-1])) if keys else ""
        return tuple(_known(entity) for entity in self._known.get(word, ()))

    def _options(self, own: Words, above: Words) -> tuple[Option, ...]:
        """The options of a key, or of the key without an end that changes nothing."""
        birth_part = self._birth.part(own, above)
        if birth_part is not None:
            part, shape = birth_part
            return (_option("DATE_OF_BIRTH", shape)._replace(evidence=part),)
        while True:
            options = (*self._sure(own, above), *self._unsure(own, above))
            if options or len(own) < 2 or own[-1] not in self._tails:
                return options
            own = own[:-1]

    def _above(self, names: list[Words]) -> Words:
        """The nearest key above that says something; the nearest at all where none does."""
        for name in reversed(names):
            if name and not _is_among("".join(name), self._generic):
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
        machine = self._of_a_machine(own, above)
        for entity in dict.fromkeys(entities):
            if not (machine and entity == "STREET_ADDRESS"):
                yield _option(entity, SHAPES[entity])
        if own[-1] in _NAMES and owned and self._of_a_person(own, above):
            yield _option("PERSON", called)
        identified = above[-1] + word if above and own == _ID else word
        for entity in self._full.get(word) or self._full.get(identified, ()):
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
        return any(_is_among(suffix, self._people) for suffix in _suffixes(own[:-1] or above))

    def _of_a_machine(self, own: Words, above: Words) -> bool:
        """Whether an address is one of a host: `server.address`, `remote_address`."""
        nearest = own[-2:-1] or above[-1:]
        return bool(nearest) and nearest[0] in self._machines

    def _of_a_thing(self, own: Words, above: Words) -> bool:
        """Whether the words nearest to the term speak of a thing: `product display name`."""
        for qualifier in (own[:-1], self._telling(above)):
            for suffix in _suffixes(qualifier):
                if _is_among(suffix, self._people):
                    return False
                if _is_among(suffix, self._things):
                    return True
        return False

    def _unsure(self, own: Words, above: Words) -> Iterator[Option]:
        qualifier = own[:-1] or self._telling(above)
        if any(_is_among(suffix, self._things) for suffix in _suffixes(qualifier)):
            return
        word = "".join(own)
        for entity in self._weak.get(word, ()):
            shape = self._strict(entity, own)
            yield Option(entity, shape, True, _WITH_CONTEXT, f"key:{entity.lower()}")
        if any(_is_among(suffix, self._things) for suffix in _suffixes(own[:-1] or above)):
            return  # in company an item may be somebody, alone it is for sale
        for entity in self._known.get(word) or self._weak.get(word, ()):
            if entity == "PERSON":
                yield _known(entity)

    def _telling(self, above: Words) -> Words:
        """The key above, unless it says nothing: `item.name` is not an item's."""
        return () if _is_among("".join(above), self._generic) else above

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


def _known(entity: str) -> Option:
    return _option(entity, known_name, _WITH_CONTEXT)


def _is_among(word: str, words: frozenset[str]) -> bool:
    """Whether a word or what it is the plural of is listed."""
    return word in words or word.removesuffix("s") in words


def unquoted(text: str) -> tuple[int, str]:
    """Where a value begins, and the value without the quotes around it (`repr` adds them)."""
    if len(text) > 2 and text[0] in _QUOTES and text[-1] == text[0]:
        return 1, text[1:-1]
    return 0, text


def _suffixes(words: Words) -> Iterator[str]:
    for start in range(max(0, len(words) - _LONGEST_TERM), len(words)):
        yield "".join(words[start:])
