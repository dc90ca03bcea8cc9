"""Phone numbers, by libphonenumber through Presidio's recogniser.

libphonenumber is four fifths of Presidio's time, and it takes many a plain number for a phone. So
candidates are found first (digits with the separators that phone numbers have), and only those are
handed on: with a country code once, without one once for each region of Presidio's list.
"""

import re
from collections.abc import Iterator
from typing import cast

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys import KeyNames
from detectors.scan.presidio import Analyser
from detectors.scan.shapes import date, ip_address, phone

_ENOUGH_DIGITS = re.compile(r"(?:\d\D{0,4}){6}")
_CANDIDATE = re.compile(
    r"(?<![\w.+@/=-])(?:\+|\()?\d(?:[ ().\-/\u00a0]{0,3}\d){6,14}(?![\w@]|[.:,-]\d)", re.ASCII
)
_NO_PHONE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,3}(?:\.\d{1,3}){3}$|\d+\.\d+$|\d{4}([ -]\d{4}){3}$|\d{3}-\d\d-\d{4}$"
)
_GROUPS = re.compile(r"\d+")
_MOST_GROUPS = 6
_MOST_NATIONAL = 250
"""Candidates without a country code that are tried in one leaf: each takes half a millisecond.
A text with more is a list of numbers, and known as one by then."""


class PhoneRecogniser:
    """Numbers with a country code anywhere; national ones where separators show them to be
    phones, or the key says so. Plain digits under any other key are ids and times."""

    name = "PhoneRecognizer"
    entities = frozenset(["PHONE_NUMBER"])

    def __init__(self, international: Analyser, national: Analyser, keys: KeyNames) -> None:
        self._international = international
        self._national = national
        self._keys = keys

    def may_match(self, text: str) -> bool:
        return _ENOUGH_DIGITS.search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        national = 0
        for candidate in _CANDIDATE.finditer(leaf.text):
            text = candidate[0]
            if not self._is_worth_it(leaf, text):
                continue
            analyser = self._international if text.startswith("+") else self._national
            national += analyser is self._national
            if national > _MOST_NATIONAL:
                return
            for found in analyser.analyze(text, [], None)[:1]:
                start = candidate.start() + found.start
                end = candidate.start() + found.end
                yield Hit(leaf, found.entity_type, start, end, found.score, "libphonenumber")

    def _is_worth_it(self, leaf: Leaf, text: str) -> bool:
        if text.startswith("+"):
            return True
        groups = _GROUPS.findall(text)
        if len(groups) > _MOST_GROUPS or max(map(len, groups)) < 2:
            return False
        if _NO_PHONE.match(text) or date(text) or ip_address(text):
            return False
        decision = self._keys.decide(leaf.keys)
        if any(option.entity == "PHONE_NUMBER" for option in decision.options):
            return not phone(leaf.text)  # else the key name finds it, without libphonenumber
        return not text.isdigit() and not decision.about and not decision.options


def phone_recognisers(keys: KeyNames) -> list[PhoneRecogniser]:
    """Presidio's phone recogniser, twice: without a region for numbers with a country code, and
    with Presidio's regions for the others."""
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    international = cast("Analyser", PhoneRecognizer(supported_regions=(None,)))
    national = cast("Analyser", PhoneRecognizer())
    return [PhoneRecogniser(international, national, keys)]
