"""Recognition by key names: `billingPostalCode` says what its value is, if the value agrees.

The words are data (keys.yaml); this module splits keys into words and finds the term that a key
ends with. A decision depends on the keys alone, so it is made once a key path and cached.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.shapes import SHAPES, Shape, full_name, introduced_name
from detectors.yamlfile import StrictModel, load

CACHED_KEYS = 20_000
_SURE, _WITH_CONTEXT = 0.85, 0.6
_LONGEST_TERM = 5
_CASE = re.compile(r"[^\W\d_]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])|\d+")
_NAMES = frozenset(["name", "nom", "nombre", "nome", "naam", "names"])
_NOT_IN_ADDRESSES = frozenset(
    ["PERSON", "USERNAME", "HEALTH", "POSTCODE", "STREET_ADDRESS", "SECRET", "GEO", "NATIONAL_ID"]
)
"""Not told by the segment before in a URL's path: `/user/settings` is no user name."""


class Terms(StrictModel):
    """The terms of one entity; see the head of keys.yaml."""

    ends: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


class Lexicon(StrictModel):
    """The content of keys.yaml."""

    entities: dict[str, Terms]
    people: tuple[str, ...]
    things: tuple[str, ...]
    wrappers: tuple[str, ...]
    about: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, file: str = "keys.yaml") -> "Lexicon":
        """The lexicon in a YAML text, or ConfigError with every problem of it."""
        return load(cls, text, file)


@cache
def default_lexicon() -> Lexicon:
    """The lexicon that comes with Egresswatch."""
    return Lexicon.parse(files("detectors.scan").joinpath("keys.yaml").read_text("utf-8"))


class Option(NamedTuple):
    """One entity that a key stands for; `needs_company` where only among other personal data."""

    entity: str
    shape: Shape
    needs_company: bool


class Decision(NamedTuple):
    """What a key path says: the entities it may stand for, and whether its value is ABOUT
    something (an id, a time), so that digits in it mean nothing."""

    options: tuple[Option, ...] = ()
    about: bool = False


def split(key: str) -> tuple[str, ...]:
    """The words of a key, in lower case and without accents: `billingZipCode[0]` is `billing`,
    `zip`, `code`; numbers are left out."""
    plain = key if key.isascii() else _without_accents(key)
    return tuple(word.lower() for word in _CASE.findall(plain) if not word[0].isdigit())


def _without_accents(key: str) -> str:
    decomposed = unicodedata.normalize("NFKD", key.replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ł", "l")


class KeyNames:
    """Recognises values by the names of their keys."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.entities = frozenset(lexicon.entities)
        self._ends = _table(lexicon, "ends")
        self._whole = _table(lexicon, "whole")
        self._full = _table(lexicon, "full")
        self._weak = _table(lexicon, "weak")
        self._people = _joined(lexicon.people)
        self._things = _joined(lexicon.things)
        self._wrappers = _joined(lexicon.wrappers)
        self._about = _joined(lexicon.about)
        self.decide = lru_cache(maxsize=CACHED_KEYS)(self._decide)

    def find(self, leaf: Leaf, *, in_company: bool) -> Iterator[Hit]:
        """The whole leaf as what its key says, where the value's shape agrees."""
        for entity, shape, needs_company in self.decide(leaf.keys).options:
            if needs_company and not in_company:
                continue
            if leaf.path.startswith("url.path") and entity in _NOT_IN_ADDRESSES:
                continue
            if shape(leaf.text):
                score = _WITH_CONTEXT if needs_company else _SURE
                yield Hit(leaf, entity, 0, len(leaf.text), score, f"key:{entity.lower()}")
                return

    def _decide(self, keys: tuple[str, ...]) -> Decision:
        names = [split(key) for key in keys]
        while names and "".join(names[-1]) in self._wrappers:
            names.pop()
        if not names or not names[-1]:
            return Decision()
        own, above = names[-1], names[-2] if len(names) > 1 else ()
        options = [*self._sure(own, above), *self._unsure(own, above)]
        return Decision(tuple(options), about=own[-1] in self._about)

    def _sure(self, own: tuple[str, ...], above: tuple[str, ...]) -> Iterator[Option]:
        entities = [*self._whole.get("".join(own), ())]
        for suffix in _suffixes(own):
            entities += self._ends.get(suffix, ())
        if above:
            entities += self._ends.get("".join((above[-1], *own)), ())
        if own[-1] in _NAMES and self._of_a_person(own, above):
            entities.append("PERSON")
        for entity in dict.fromkeys(entities):
            yield Option(entity, SHAPES[entity], needs_company=False)
        for entity in self._full.get("".join(own), ()):
            yield Option(entity, full_name, needs_company=False)

    def _of_a_person(self, own: tuple[str, ...], above: tuple[str, ...]) -> bool:
        qualifier = own[:-1] or above
        return any(suffix in self._people for suffix in _suffixes(qualifier))

    def _unsure(self, own: tuple[str, ...], above: tuple[str, ...]) -> Iterator[Option]:
        qualifier = own[:-1] or above
        if any(suffix in self._things for suffix in _suffixes(qualifier)):
            return
        for entity in self._weak.get("".join(own), ()):
            yield Option(entity, self._strict(entity, own), needs_company=True)

    def _strict(self, entity: str, own: tuple[str, ...]) -> Shape:
        """The shape for a key that may mean another thing: `customer` may be a company's number,
        `name` a column's."""
        if entity != "PERSON":
            return SHAPES[entity]
        return full_name if len(own) == 1 and own[0] in self._people else introduced_name


def _suffixes(words: tuple[str, ...]) -> Iterator[str]:
    for start in range(max(0, len(words) - _LONGEST_TERM), len(words)):
        yield "".join(words[start:])


def _joined(terms: tuple[str, ...]) -> frozenset[str]:
    return frozenset(term.replace(" ", "") for term in terms)


def _table(lexicon: Lexicon, which: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for entity, terms in lexicon.entities.items():
        listed: tuple[str, ...] = getattr(terms, which)
        for term in _joined(listed):
            table[term] = (*table.get(term, ()), entity)
    return table
