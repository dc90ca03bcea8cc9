"""Postcodes in running text: beside a street or after a state, for their shapes say too little."""

import re
from collections.abc import Iterable, Iterator

from detectors.scan.base import Hit
from detectors.scan.keys.shapes import postcode
from detectors.scan.prose.segments import Prose
from detectors.scan.prose.values import POSTCODE

_NEAR = re.compile(r"[\s,;:.|()·–-]{1,12}")
_TOWN_WORDS = 7
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]"
    "|UT|V[AT]|W[AIVY]"
)
_US_ZIP = re.compile(rf"(?<=[^\W\d_]),? {{0,2}}(?:{_STATES}),? (\d{{5}}(?:-\d{{4}})?)(?![\w-])")


def beside(prose: Prose, end: int) -> tuple[int, int] | None:
    """The postcode that follows a street, before or after its town."""
    text, position = prose.text, end
    for _ in range(_TOWN_WORDS):
        gap = _NEAR.match(text, position)
        if gap is None:
            return None
        found = POSTCODE.match(text, gap.end())
        if found is not None:
            return found.span()
        at = prose.word_at(gap.end())
        if at >= len(prose) or prose.starts[at] != gap.end() or not _of_town(prose.words[at]):
            return None
        position = prose.ends[at]
    return None


def _of_town(word: str) -> bool:
    return word[0].isupper() or len(word) < 4


def find(prose: Prose, hits: Iterable[Hit]) -> Iterator[Hit]:
    """The postcodes beside the streets among `hits`, and after the names of US states."""
    for hit in hits:
        if hit.entity == "STREET_ADDRESS":
            span = beside(prose, hit.end)
            if span is not None and postcode(prose.text[span[0] : span[1]].replace(" ", "")):
                yield Hit(prose.leaf, "POSTCODE", *span, 0.7, "address")
    digits = any(len(word) > 4 and word.isdigit() for word in prose.vocabulary)
    for found in _US_ZIP.finditer(prose.text) if digits else ():
        yield Hit(prose.leaf, "POSTCODE", *found.span(1), 0.7, "state")
