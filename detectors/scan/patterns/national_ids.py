"""Official identity numbers: how each is written and checked is data (patterns.yaml).

A text is cut into tokens once; a token's shape (digits as 9, letters as A) is looked up, so that
fifty kinds of number cost as much as one. Kinds whose check one random number in ten passes need a
cue in the key or before the value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.patterns.cues import Cues, default_cues
from detectors.scan.patterns.data import IdentityNumber, default_patterns
from detectors.scan.patterns.id_checks import check_of

_TOKEN = re.compile(
    r"\b(?:[0-9]{1,9}(?: [0-9]{1,9}){1,6}(?: ?[A-Z]{1,2}[0-9]?)?"
    r"|[A-Z]{2} ?[0-9]{2,6}(?: ?[0-9]{2}){0,2} ?[A-Z]"
    r"|[0-9]{2} [0-9]{6} [A-Z] ?[0-9]{3}|[A-Z]{3} [A-Z]{3} [0-9]{2}[A-Z][0-9]{2} [A-Z][0-9]{3}[A-Z]"
    r"|[A-Z]{0,6}-?[0-9][0-9A-Za-z]{0,17}(?:[-./+][0-9A-Za-z]{1,12}){0,6})\b",
    re.ASCII,
)
_AS_SHAPE = bytes.maketrans(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"9" * 10 + b"A" * 26)
_JOINED = frozenset("+-_./@#%")
_LONGEST = 24
_FEWEST_DIGITS = 4
_PASSPORT = re.compile(r"\b[A-Z0-9]{6,10}\b", re.ASCII)
_AS_SIGN = bytes.maketrans(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"9" * 36)
_SHORTEST = b"9" * 6
_RIGHT_BEFORE = 32
_NEXT_TO = 16
PASSPORT_STEMS = ("pas", "travel", "パス", "旅券")
"""Every cue for a passport has one of these in it."""
_DIGITS_CLOSE = re.compile(r"[0-9][^0-9]{0,3}[0-9][^0-9]{0,3}[0-9]")


class Kind(NamedTuple):
    """One way to take a token of a shape."""

    label: str
    entity: str
    check: Callable[[str], bool]
    needs_cue: bool
    loose: bool
    lax: bool


class NationalIdRecogniser:
    """Every kind of patterns.yaml at once. Labels that are no Presidio entity are NATIONAL_ID."""

    name = "NationalIdRecogniser"

    def __init__(
        self, ids: Mapping[str, IdentityNumber], known: frozenset[str], cues: Cues
    ) -> None:
        self._cues = cues
        self._labels = frozenset(ids) | {"ids"}
        self._kinds = _by_shape(ids, known)
        self.entities = frozenset(
            kind.entity for kinds in self._kinds.values() for kind in kinds
        ) | {"NATIONAL_ID"}

    def may_match(self, text: str) -> bool:
        plain = text.encode("ascii", "replace").translate(_AS_SHAPE)
        return plain.count(b"9") > _FEWEST_DIGITS or b"9999" in plain

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        for match in _TOKEN.finditer(text):
            token = match[0]
            start, end = match.span()
            kinds = self._kinds.get(_shape(token)) if len(token) <= _LONGEST else None
            if kinds and not _is_piece(text, start, end):
                hit = self._hit(leaf, start, end, kinds)
                if hit is not None:
                    yield hit

    def _is_passport(self, text: str, start: int) -> bool:
        """Whether the nearest cue is a passport's: `my SSN is ..., my passport 455669037`."""
        near = text[max(0, start - _NEXT_TO) : start]
        return "PASSPORT" in self._cues.before(near, len(near))

    def _hit(self, leaf: Leaf, start: int, end: int, kinds: tuple[Kind, ...]) -> Hit | None:
        token = leaf.text[start:end]
        named = self._cues.named(leaf, start)
        of_some_kind = not named.isdisjoint(self._labels)
        for kind in sorted(kinds, key=lambda kind: kind.label not in named):
            own = kind.label in named or "ids" in named
            cued = own or (of_some_kind and not kind.lax)
            if (kind.needs_cue and not cued) or len(set(token)) < 3:
                continue
            if kind.lax and self._is_passport(leaf.text, start):
                continue
            if kind.check(token):
                score = 1.0 if kind.label in named else 0.85
                return Hit(leaf, kind.entity, start, end, score, f"check-digit {kind.label}")
            if kind.loose and kind.label in named:
                return Hit(leaf, kind.entity, start, end, 0.6, f"named {kind.label}")
        return None


def _shape(token: str) -> bytes:
    return token.encode("ascii").translate(_AS_SHAPE)


def _by_shape(
    ids: Mapping[str, IdentityNumber], known: frozenset[str]
) -> dict[bytes, tuple[Kind, ...]]:
    table: dict[bytes, tuple[Kind, ...]] = {}
    for label, number in ids.items():
        entity = label if label in known else "NATIONAL_ID"
        for needs_cue, shapes in ((False, number.shapes), (True, number.in_context)):
            kind = Kind(label, entity, check_of(number.check), needs_cue, number.loose, number.lax)
            for shape in shapes:
                for plain in _expanded(shape):
                    table[plain] = (*table.get(plain, ()), kind)
    # what is sure goes before what needs a cue, and a cue's own kind before others of its shape
    return {s: tuple(sorted(kinds, key=lambda k: k.needs_cue)) for s, kinds in table.items()}


def _expanded(shape: str) -> Iterator[bytes]:
    """A shape with its X as digits and as letters."""
    for choice in product(*(("9", "A") if sign == "X" else (sign,) for sign in shape)):
        yield "".join(choice).encode("ascii")


def _is_piece(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 2]
    if before in _JOINED and before:
        return True
    return len(after) == 2 and after[0] in "-_/@+." and after[1].isalnum()


class PassportRecogniser:
    """Passport numbers, which have no check digit of their own: their key says so, whatever else is
    in it (`Passport_No__c`), or a cue right before them."""

    name = "PassportRecogniser"
    entities = frozenset(["PASSPORT"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        plain = text.encode("ascii", "replace").translate(_AS_SIGN)
        return _SHORTEST in plain and _DIGITS_CLOSE.search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        keyed = "PASSPORT" in self._cues.of_keys(leaf.keys[-1:])
        if not keyed and not _has_stem(text):
            return
        for match in _PASSPORT.finditer(text):
            start, end = match.span()
            if not _is_passport(match[0]) or _is_piece(text, start, end):
                continue
            near = text[max(0, start - _RIGHT_BEFORE) : start]
            if keyed and end - start > len(text) - 3:
                yield Hit(leaf, "PASSPORT", start, end, 0.85, "named")
            elif "PASSPORT" in self._cues.before(near, len(near)):
                yield Hit(leaf, "PASSPORT", start, end, 0.6, "named")


def _has_stem(text: str) -> bool:
    lower = text.lower()
    return any(stem in lower for stem in PASSPORT_STEMS)


@lru_cache(maxsize=1)
def _known_entities() -> frozenset[str]:
    from detectors.taxonomy import default_taxonomy

    return frozenset(default_taxonomy().entities)


def _is_passport(token: str) -> bool:
    """Six to ten capitals and digits, three digits at least, and no year or date."""
    digits = sum(map(str.isdigit, token))
    if _DIGITS_CLOSE.search(token) is None or (
        digits == len(token) and len(token) not in {7, 8, 9}
    ):
        return False
    return not (len(token) == 8 and token[:2] in {"19", "20"} and token.isdigit())


def national_id_recognisers() -> list[NationalIdRecogniser | PassportRecogniser]:
    cues = default_cues()
    return [
        NationalIdRecogniser(default_patterns().ids, _known_entities(), cues),
        PassportRecogniser(cues),
    ]
