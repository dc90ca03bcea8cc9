"""The words of keys.yaml, and how keys are split into words.

A key is compared without case, accents and separators, so the lexicon's terms go through the same
`split` as the keys of a payload.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from detectors.yamlfile import StrictModel, load

_CASE = re.compile(r"[^\W\d_]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])|\d+")


class Terms(StrictModel):
    """The terms of one entity; see the head of keys.yaml."""

    ends: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class BirthParts(StrictModel):
    """The words of a date that is split into day, month and year."""

    before: tuple[str, ...]
    day: tuple[str, ...]
    month: tuple[str, ...]
    year: tuple[str, ...]


class Lexicon(StrictModel):
    """The content of keys.yaml."""

    entities: dict[str, Terms]
    people: tuple[str, ...]
    things: tuple[str, ...]
    wrappers: tuple[str, ...]
    about: tuple[str, ...]
    machines: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    birth: BirthParts = BirthParts(before=(), day=(), month=(), year=())

    @classmethod
    def parse(cls, text: str, file: str = "keys.yaml") -> "Lexicon":
        """The lexicon in a YAML text, or ConfigError with every problem of it."""
        return load(cls, text, file)


@cache
def default_lexicon() -> Lexicon:
    """The lexicon that comes with Egresswatch."""
    return Lexicon.parse(files("detectors.scan.keys").joinpath("keys.yaml").read_text("utf-8"))


def split(key: str) -> tuple[str, ...]:
    """The words of a key, in lower case and without accents: `billingZipCode[0]` is `billing`,
    `zip`, `code`; numbers are left out."""
    plain = key if key.isascii() else _without_accents(key)
    return tuple(word.lower() for word in _CASE.findall(plain) if not word[0].isdigit())


def _without_accents(key: str) -> str:
    decomposed = unicodedata.normalize("NFKD", key.replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ł", "l")


def joined(terms: Iterable[str]) -> frozenset[str]:
    """Terms as they are looked up: their words without anything between."""
    return frozenset("".join(split(term)) for term in terms)


def table(lexicon: Lexicon, which: str) -> dict[str, tuple[str, ...]]:
    """The entities of each term of one class (`ends`, `weak` and so on)."""
    entities_of: dict[str, tuple[str, ...]] = {}
    for entity, terms in lexicon.entities.items():
        listed: tuple[str, ...] = getattr(terms, which)
        for term in sorted(joined(listed)):
            entities_of[term] = (*entities_of.get(term, ()), entity)
    return entities_of
