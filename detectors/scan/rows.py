"""Rows of cells that nothing names: what stands beside somebody's address is theirs.

`[["Jane Roe", "jane@example.org", "1979-04-28"]]` has no keys; but in a row with two values that
are personal data by themselves, a full name is a person's, a day of the past a birth, and a number
dialled as its country does a phone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.names import KeyNames
from detectors.scan.keys.shapes import date, full_name, phone

_SELF_EVIDENT = frozenset(["EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "CREDIT_CARD"])
_ROW = re.compile(r"(.*\])\[\d+\]")
_BORN = re.compile(r"(?:19[2-9]\d|200\d|201[0-5])(?!\d)")
_SCORE = 0.6
_SURE = 0.6
_ENOUGH = 2


class RowReader:
    """Cells by their row alone."""

    name = "rows"
    entities = frozenset(["PERSON", "DATE_OF_BIRTH", "PHONE_NUMBER"])

    def __init__(self, keys: KeyNames) -> None:
        self._keys = keys

    def follow(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        evident: Counter[str] = Counter()
        taken: set[int] = set()
        for hit in found:
            whole = hit.end - hit.start == len(hit.leaf.text) and hit.score >= _SURE
            row = _row(hit.leaf) if whole else None
            if row is not None:
                taken.add(id(hit.leaf))
                evident[row[1]] += hit.entity in _SELF_EVIDENT
        rows = {row for row, count in evident.items() if count >= _ENOUGH}
        if not rows:
            return
        for leaf in decoded.leaves:
            row = _row(leaf)
            if row is None or row[1] not in rows or id(leaf) in taken:
                continue
            if self._keys.decide(leaf.keys).options:
                continue  # a header said what it is
            entity = _entity(leaf.text)
            if entity is not None:
                yield Hit(leaf, entity, 0, len(leaf.text), _SCORE, "row")


def _row(leaf: Leaf) -> re.Match[str] | None:
    return _ROW.fullmatch(leaf.path) if leaf.path.endswith("]") else None


def _entity(text: str) -> str | None:
    if full_name(text):
        return "PERSON"
    if date(text):
        return "DATE_OF_BIRTH" if _BORN.search(text) else None
    return "PHONE_NUMBER" if phone(text) and not text.isdecimal() else None
