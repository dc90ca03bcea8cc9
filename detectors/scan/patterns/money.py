"""Cards and bank accounts: a form that issuers give, and a check digit.

One check digit lets every tenth number pass, and payloads are full of numbers: a card also needs an
issuer's beginning and length, and a grouping, a cue or a key that does not speak of something else.
"""

import re
from collections.abc import Iterator
from functools import cache

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.names import KeyNames
from detectors.scan.keys.shapes import card_number, luhn
from detectors.scan.patterns.cues import Cues, default_cues

_DIGITS = bytes(range(0x30, 0x3A))
_AS_ZERO = bytes.maketrans(_DIGITS, b"0" * 10)
_TWELVE = b"0" * 12
_NAMED = 0.6
"""The score of a number with a check digit that is called a card, and is of no known issuer."""
_CARD = re.compile(
    r"\b(?:[0-9]{12,19}"
    r"|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{3})?|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5})\b",
    re.ASCII,
)
_JOINED = frozenset("+-_./@#")
_MOST_MET = re.compile(
    r"4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|6(?:011|5)[0-9]{12,13}"
)
_IBAN_GATE = re.compile(r"[A-Za-z]{2}[0-9]{2}[ -]?[A-Za-z0-9]{4}")
_IBAN = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}\b", re.ASCII)
_PART = re.compile(r"[ -]?[A-Za-z0-9]")


def many_digits(text: str, run: bytes = _TWELVE) -> bool:
    """Whether the text has that many digits with nothing but separators between them."""
    plain = text.encode("ascii", "replace")
    return run in plain.translate(_AS_ZERO, b" -")


class CardRecogniser:
    """Payment cards. 1.0 where their grouping, a cue or the key supports the check digit."""

    name = "CardRecogniser"
    entities = frozenset(["CREDIT_CARD"])

    def __init__(self, keys: KeyNames, cues: Cues) -> None:
        self._keys = keys
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return many_digits(text)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        for match in _CARD.finditer(text):
            start, end = match.span()
            if _is_piece(text, start, end) or not luhn(re.sub(r"[ -]", "", match[0])):
                continue
            score, evidence = self._support(leaf, match)
            if score:
                yield Hit(leaf, "CREDIT_CARD", start, end, score, evidence)

    def _support(self, leaf: Leaf, match: re.Match[str]) -> tuple[float, str]:
        """How sure it is. A number that no issuer gives out is one where the words before it say
        so: ranges come and go."""
        if not card_number(match[0]):
            named = "CREDIT_CARD" in self._cues.named(leaf, match.start())
            return (_NAMED, "check-digit named") if named else (0.0, "")
        decision = self._keys.decide(leaf.keys)
        alone = len(match[0]) == len(leaf.text.strip())
        named = {option.entity for option in decision.options}
        if alone and named and "CREDIT_CARD" not in named:
            return 0.0, ""
        grouped = not match[0].isdigit()
        if alone and decision.about and not grouped:
            return 0.0, ""
        if grouped or "CREDIT_CARD" in named:
            return 1.0, "check-digit"
        if "CREDIT_CARD" in self._cues.named(leaf, match.start()):
            return 1.0, "check-digit named"
        return (0.6, "check-digit") if _MOST_MET.fullmatch(match[0]) else (0.0, "")


def _is_piece(text: str, start: int, end: int) -> bool:
    """Whether a number belongs to a longer one: a phone number (`+49...`), an amount, an id."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and before[-1] in _JOINED and before != "//":
        return True
    if len(before) == 2 and before[1] in " (" and before[0] in "+0123456789":
        return True
    return len(after) == 2 and (
        (after[0] in "-_./" and after[1].isalnum()) or (after[0] == " " and after[1].isdigit())
    )


class IbanRecogniser:
    """IBANs: the country's own length and structure, and check digits that one in 97 passes."""

    name = "IbanRecogniser"
    entities = frozenset(["IBAN_CODE"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return _IBAN_GATE.search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        for match in _IBAN.finditer(leaf.text):
            start = match.start()
            length = _length(match[0][:2].upper())
            end = _end(leaf.text, start, length) if length else 0
            if end and self._agrees(leaf, start, end):
                yield Hit(leaf, "IBAN_CODE", start, end, 1.0, "check-digit")

    def _agrees(self, leaf: Leaf, start: int, end: int) -> bool:
        written = leaf.text[start:end]
        if not written.isupper() and "IBAN_CODE" not in self._cues.named(leaf, start):
            return False
        return leaf.text[end : end + 1] != "_" and _is_iban(written)


def _end(text: str, start: int, length: int) -> int:
    """Where an IBAN of so many signs ends; 0 where no word ends there."""
    at, signs = start, 0
    while signs < length:
        part = _PART.match(text, at)
        if part is None:
            return 0
        at, signs = part.end(), signs + 1
    return 0 if text[at : at + 1].isalnum() else at


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return iban.is_valid(text.upper(), check_country=False)


@cache
def _length(country: str) -> int:
    """How many signs the IBANs of a country have; 0 where it has none."""
    from stdnum.numdb import get

    found = get("iban").info(country)
    bban = found[0][1].get("bban", "") if found else ""
    lengths = [int(part) for part in re.findall(r"(\d+)!", bban)]
    return 4 + sum(lengths) if lengths else 0


def money_recognisers(keys: KeyNames) -> list[CardRecogniser | IbanRecogniser]:
    cues = default_cues()
    return [CardRecogniser(keys, cues), IbanRecogniser(cues)]
