"""Phone numbers: any with a country code, national ones where something supports them.

What supports a national number: a cue before it in prose, a key that says phone, or the very
grouping in which its country writes it. Digits under any other key are ids and times.
"""

import re
from collections.abc import Iterator
from typing import Final

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.names import KeyNames
from detectors.scan.keys.shapes import date, ip_address, phone
from detectors.scan.patterns.cues import Cues, default_cues
from detectors.scan.patterns.data import default_patterns
from detectors.scan.patterns.numbering import is_international, is_possible, plan_of

_INTERNATIONAL = re.compile(
    r"(?:\+|\b00)[ ]?[0-9](?:[ ().\-/\u00a0\u2011]{0,3}[0-9]){5,16}(?![0-9])", re.ASCII
)
_NATIONAL = re.compile(
    r"(?<![\w.+@/=#%-])\(?[0-9](?:[ ().\-/\u00a0]{0,3}[0-9]){6,13}(?![\w@]|[.:,/-][0-9])", re.ASCII
)
_NO_PHONE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,3}(?:\.\d{1,3}){3}$|\d+\.\d+$|\d{4}([ -]\d{4}){3}$|\d{3}-\d\d-\d{4}$"
    r"|\d{1,3}(?:[.]\d{3})+$|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
)
_NOT_DIGIT = re.compile(r"[^0-9]+")
_TRUNK: Final = "(0)"
_SEVEN: Final = b"0" * 7
SENDER: Final = 0.35
_SENDERS: Final = frozenset(["from", "from_number", "fromnumber", "sender", "originator"])
_MOST_NATIONAL = 250
"""Candidates without a country code that are tried in one leaf; a text with more is a list of
numbers, and known as one by then."""

_NANP = re.compile(
    r"(?:1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}$"
)
_AREA_CODE = re.compile(r"\([0-9]{2,5}\) ?[0-9]{3,5}[ -]?[0-9]{3,5}$")
_REGIONS: Final = default_patterns().phone_regions


class PhoneRecogniser:
    """Numbers with a country code at 1.0 (`+`) or with support (`00`); national ones at 0.6 and
    0.85. Under a key that says phone and holds nothing else, the key reader finds them."""

    name = "PhoneRecogniser"
    entities = frozenset(["PHONE_NUMBER"])

    def __init__(self, keys: KeyNames, cues: Cues) -> None:
        self._keys = keys
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return not text.isascii() or _may_have_phone(text)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text, taken = leaf.text, 0
        if "+" in text or "00" in text:
            for match in _INTERNATIONAL.finditer(text):
                hit = self._international(leaf, match)
                if hit is not None:
                    taken = hit.end
                    yield hit
        if self._says_otherwise(leaf):
            return
        for number, match in enumerate(_NATIONAL.finditer(text)):
            if number > _MOST_NATIONAL:
                return
            if match.start() >= taken:
                yield from self._national(leaf, match)

    def _international(self, leaf: Leaf, match: re.Match[str]) -> Hit | None:
        text, (start, end) = leaf.text, match.span()
        before = text[start - 1 : start]
        if before.isalnum() or (before in "+-_=&" and before and match[0][0] != "+"):
            return None
        bare = match[0].replace(_TRUNK, "")
        digits = _NOT_DIGIT.sub("", bare)
        if match[0].startswith("00"):
            digits = digits[2:]
            if match[0].isdigit() and not self._is_named(leaf, start):
                return None
        if _is_sender(leaf):
            return Hit(leaf, "PHONE_NUMBER", start, end, SENDER, "sender")
        valid = self._valid_end(match, digits)
        if valid:
            return Hit(leaf, "PHONE_NUMBER", start, valid, 1.0, "numbering-plan")
        if match[0][0] == "+" and is_possible(digits):
            return Hit(leaf, "PHONE_NUMBER", start, end, 0.85, "numbering-plan length")
        return None

    def _is_named(self, leaf: Leaf, start: int) -> bool:
        """Whether the key or a cue before it says that a phone number stands here."""
        options = self._keys.decide(leaf.keys).options
        if any(option.entity == "PHONE_NUMBER" for option in options):
            return True
        return start > 2 and "PHONE_NUMBER" in self._cues.before(leaf.text, start)

    def _valid_end(self, match: re.Match[str], digits: str) -> int:
        """The end of the number; without the last groups where other figures follow it."""
        if is_international(digits):
            return match.end()
        written = match[0]
        while (cut := max(written.rfind(" "), written.rfind("/"))) > 6:
            written = written[:cut].rstrip(" ().-/\u00a0")
            shorter = _NOT_DIGIT.sub("", written.replace(_TRUNK, ""))
            if is_international(shorter.removeprefix("00")):
                return match.start() + len(written)
        return 0

    def _says_otherwise(self, leaf: Leaf) -> bool:
        """Whether the key speaks of something else, or finds a phone by itself."""
        decision = self._keys.decide(leaf.keys)
        if any(option.entity == "PHONE_NUMBER" for option in decision.options):
            return phone(leaf.text)
        return (decision.about or bool(decision.options)) and len(leaf.text) < 40

    def _national(self, leaf: Leaf, match: re.Match[str]) -> Iterator[Hit]:
        text = match[0].rstrip(" (.-/")
        if _NO_PHONE.match(text) or date(text) or ip_address(text):
            return
        digits = _NOT_DIGIT.sub("", text)
        start, end = match.start(), match.start() + len(text)
        if self._is_named(leaf, start):
            if any(_has(region, digits) for region in _REGIONS):
                yield Hit(leaf, "PHONE_NUMBER", start, end, 0.85, "numbering-plan named")
            elif digits.startswith("0") and len(digits) > 8 and not text.isdigit():
                yield Hit(leaf, "PHONE_NUMBER", start, end, 0.6, "named")
        elif _as_written(text, digits):
            yield Hit(leaf, "PHONE_NUMBER", start, end, 0.6, "numbering-plan grouped")


def _is_sender(leaf: Leaf) -> bool:
    """Whether a message's `from` is all that is there: the number of who sends, its account's."""
    return bool(leaf.keys) and leaf.keys[-1].lower() in _SENDERS and len(leaf.text) < 40


def _may_have_phone(text: str) -> bool:
    return _SEVEN in text.encode("ascii", "replace").translate(_ZEROS, b" ().-/")


_ZEROS = bytes.maketrans(b"0123456789", b"0" * 10)


def _has(region: str, digits: str) -> bool:
    plan = plan_of(region)
    return plan is not None and plan.has_dialled(digits)


def _as_written(text: str, digits: str) -> bool:
    """Whether the number is grouped as its country groups it: North America's form, or a national
    prefix and libphonenumber's own format."""
    if _NANP.match(text):
        return _has("US", digits)
    if _AREA_CODE.match(text):
        return any(_has(region, digits) for region in _REGIONS)
    if not digits.startswith("0") or text.isdigit():
        return False
    groups = _NOT_DIGIT.sub(" ", text).split()
    valid = [region for region in _REGIONS if _has(region, digits)]
    return any(groups == _groups(region, digits) for region in valid)


def _groups(region: str, digits: str) -> list[str]:
    from phonenumbers import PhoneNumberFormat, format_number, parse

    written = format_number(parse(digits, region), PhoneNumberFormat.NATIONAL)
    return _NOT_DIGIT.sub(" ", written).split()


def phone_recognisers(keys: KeyNames) -> list[PhoneRecogniser]:
    return [PhoneRecogniser(keys, default_cues())]
