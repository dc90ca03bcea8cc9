"""Street addresses in running text: by the words that make streets, and after a cue.

A street is recognised by its own form (type word, name, house number). Type words that mean much
else (`Place`, `Ring`) count only where a cue stands before or a postcode and town follow.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from detectors.scan.base import Hit
from detectors.scan.prose.postcodes import beside
from detectors.scan.prose.segments import CJK, Prose
from detectors.scan.prose.values import POSTCODE
from detectors.yamlfile import StrictModel, load

_LONGEST = 8
"""Words of a street's name."""
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d{1,6}[A-Za-z]?")
_HOUSE = re.compile(
    r"(?:,? ?(?:n[º°.]|nr\.?|no\.?|s/n))? ?,? ?"
    r"(\d{1,5}(?: ?[a-zA-Z](?!\w))?(?: ?[-/] ?\d{1,4}[a-z]?)?)(?![\w@]|[.:]\d|-\d)"
)
_FRENCH = re.compile(r"(?:^|[^\w.])(\d{1,4}(?: ?(?:bis|ter|[a-dA-D]))?,? ?)$")
_UNIT = re.compile(
    r"[,.\s]{0,3}(?:\b([^\W\d_]{1,12})\.? ?(?:#|n[º°.]|nº)? ?(\w{1,5})\b|#\s?\w{1,5}\b)"
)
_BOX = re.compile(
    r"\b(?:(?:PSC|Unit|CMR) \d{1,5},? Box \d{1,5}|(?:P\.? ?O\.? ?Box|Postfach|Postbus|Apartado"
    r"(?: de [Cc]orreos)?|Casella [Pp]ostale|Caixa [Pp]ostal|Skrytka [Pp]ocztowa|Boîte [Pp]ostale)"
    r" \d{1,6})\b"
)
_BOX_WORDS = frozenset(["box", "postfach", "postbus", "apartado", "postale", "postal", "pocztowa"])
_KANJI = "\u3005\u4e00-\u9fff\u3040-\u30ffー"
_JAPANESE = re.compile(
    rf"[{_KANJI}]{{1,16}}\d{{1,4}}(?:丁目|番地|番|-)\d{{0,4}}(?:(?:番地|番|-)\d{{0,4}}号?)?"
)


class _Words(StrictModel):
    last: str
    last_weak: str
    first: str
    first_weak: str
    joined: str
    joined_weak: str
    units: str


class Streets:
    """Finds streets."""

    def __init__(self, words: _Words) -> None:
        self._last = frozenset(words.last.split())
        self._first = frozenset(words.first.split())
        self._last_all = self._last | frozenset(words.last_weak.split())
        self._first_all = self._first | frozenset(words.first_weak.split())
        self._joined = tuple(words.joined.split())
        self._joined_all = (*self._joined, *words.joined_weak.split())
        self._words = self._last_all | self._first_all
        self._units = frozenset(words.units.split())

    def find(self, prose: Prose) -> Iterator[Hit]:
        """Streets by their form alone, with a house number or a postcode."""
        if _DIGIT.search(prose.text) is None:
            return
        typed = {w for w in prose.vocabulary if w in self._words or w.endswith(self._joined_all)}
        for at, word in enumerate(prose.lowers) if typed else ():
            span = self._street(prose, at, supported=False) if word in typed else None
            if span is not None:
                yield Hit(prose.leaf, "STREET_ADDRESS", *span, 0.7, "street-form")
        if not prose.vocabulary.isdisjoint(_BOX_WORDS):
            for found in _BOX.finditer(prose.text):
                yield Hit(prose.leaf, "STREET_ADDRESS", *found.span(), 0.85, "post-box")
        if not prose.text.isascii() and CJK.search(prose.text):
            for found in _JAPANESE.finditer(prose.text):
                if "丁目" in found.group() or "番" in found.group():
                    yield Hit(prose.leaf, "STREET_ADDRESS", *found.span(), 0.7, "street-form")

    def named(self, prose: Prose, at: int, start: int) -> tuple[int, int] | None:
        """The street that a cue announces at `start`, before the word `at`: by a type word or a
        house number soon after, or else by the postcode that follows it."""
        if at >= len(prose) or prose.starts[at] - start > 6:
            return None
        for position in range(at, min(len(prose), at + _LONGEST)):
            gap = prose.gap(position)
            if position > at and (
                "\n" in gap or ("." in gap and len(prose.words[position - 1]) > 4)
            ):
                break
            span = self._street(prose, position, supported=True)
            if span is not None and span[0] - prose.starts[at] < 24:
                # `Studio 35v, Alice Heights`: the part of the house before the street, if one is
                return prose.starts[at] if prose.lowers[at] in self._units else span[0], span[1]
        return self._numbered(prose, at)

    def _numbered(self, prose: Prose, at: int) -> tuple[int, int] | None:
        """Capitalised words with a number before or after, whatever the words are, if a postcode
        follows."""
        end = at + 1 if _of_address(prose.words[at]) else at
        while end < min(len(prose), at + _LONGEST) and self._goes_on(prose, at, end):
            end += 1
            if _NUMBER.fullmatch(prose.words[end - 1]):
                break
        words = prose.words[at:end]
        numbers = [n for n, word in enumerate(words) if word[0].isdigit()]
        if len(words) < 2 or not numbers or numbers[0] not in (0, len(words) - 1):
            return None
        if not any(word[0].isupper() and len(word) > 2 for word in words):
            return None
        span = prose.starts[at], prose.ends[end - 1]
        return span if len(words[numbers[0]]) <= 5 and beside(prose, span[1]) else None

    def _goes_on(self, prose: Prose, at: int, end: int) -> bool:
        """Whether the word `end` is still of the street that began at `at`."""
        gap, word = prose.gap(end), prose.words[end]
        if gap == ", " and not (word[0].isdigit() or (end == at + 1 and prose.words[at].isdigit())):
            return False
        return gap in (" ", ", ", "  ", ". ") and _of_address(word)

    def _street(self, prose: Prose, at: int, *, supported: bool) -> tuple[int, int] | None:
        word, lower = prose.words[at], prose.lowers[at]
        if lower.endswith(self._joined_all) and len(lower) > 2:
            weak = not lower.endswith(self._joined)
            span = self._by_joined(prose, at)
        elif lower in self._last_all and word[0].isupper() and (found := self._by_last(prose, at)):
            weak, span = lower not in self._last, found
        elif lower in self._first_all:
            weak = lower not in self._first or not (
                word[0].isupper() or lower not in ("via", "avenue", "al", "os", "pl")
            )
            span = self._by_first(prose, at, supported=supported)
        else:
            return None
        if span is None or (weak and not supported and beside(prose, span[1]) is None):
            return None
        return span

    def _by_joined(self, prose: Prose, at: int) -> tuple[int, int] | None:
        """`Hauptstraße 5`, `Berliner Straße 5a`, `Carlo-Zimmer-Straße 5/6`."""
        house = _HOUSE.match(prose.text, _after_dot(prose, at))
        if (
            house is None
            or "," in house.group()
            or not (prose.words[at][0].isupper() or prose.lowers[at] == "straat")
        ):
            return None
        start = at
        while (
            start > max(0, at - 3)
            and prose.gap(start) == " "
            and prose.words[start - 1][0].isupper()
            and (len(prose.lowers[at]) < 9 and prose.lowers[at] in (*self._joined_all,))
        ):
            start -= 1
        return prose.starts[start], house.end(1)

    def _by_last(self, prose: Prose, at: int) -> tuple[int, int] | None:
        """`565 April Common`, `12 Elm St., Apt 5`, `Studio 35v, Alice Heights`."""
        start = at
        while (
            start > max(0, at - 5)
            and prose.gap(start) in (" ", ". ")
            and prose.words[start - 1][0].isupper()
        ):
            start -= 1
        if (
            start > 0
            and prose.gap(start) == " "
            and _NUMBER.fullmatch(prose.words[start - 1])
            and start < at
        ):
            start -= 1
        elif (
            start > 1 and prose.gap(start) in (", ", " ") and prose.lowers[start - 2] in self._units
        ):
            start -= 2
        elif start >= at or not _NUMBER.fullmatch(prose.words[start]):
            return None
        return prose.starts[start], self._with_unit(prose, prose.ends[at])

    def _by_first(self, prose: Prose, at: int, *, supported: bool) -> tuple[int, int] | None:
        """`4, chemin Bertrand`, `Cuesta de Roxana Malo 583`, `al. Jagiełły 526`."""
        end = at + 1
        while (
            end < min(len(prose), at + _LONGEST)
            and prose.gap(end).strip(".") in (" ", "  ")
            and _named(prose, end)
        ):
            end += 1
        while end > at + 1 and not (
            prose.words[end - 1][0].isupper() or prose.words[end - 1][0].isdigit()
        ):
            end -= 1
        if end == at + 1:
            return None
        stop = prose.ends[end - 1]
        before = _FRENCH.search(prose.text, max(0, prose.starts[at] - 12), prose.starts[at])
        if before is not None:
            return before.start(1), stop
        house = _HOUSE.match(prose.text, stop)
        if house is not None and (
            len(house.group(1)) < 5 or POSTCODE.match(prose.text, house.start(1)) is None
        ):
            return prose.starts[at], self._with_unit(prose, house.end(1))
        bare = supported or beside(prose, stop) is not None
        return (prose.starts[at], stop) if bare else None

    def _with_unit(self, prose: Prose, end: int) -> int:
        for _ in range(2):
            found = _UNIT.match(prose.text, end)
            if found is None or (
                found.group(1) is not None and found.group(1).lower() not in self._units
            ):
                break
            if (
                found.group(2) is not None
                and not any(map(str.isdigit, found.group(2)))
                and len(found.group(2)) > 2
            ):
                break
            end = found.end()
        return end


def _of_address(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or len(word) < 4


def _named(prose: Prose, at: int) -> bool:
    word = prose.words[at]
    return (
        word[0].isupper()
        or (len(word) < 5 and word.islower() and word.isalpha())
        or word[:2] in ("d'", "l'")
    )


def _after_dot(prose: Prose, at: int) -> int:
    end = prose.ends[at]
    return end + (prose.text[end : end + 1] == ".")


@cache
def default_streets() -> Streets:
    """The words that come with Egresswatch."""
    text = files("detectors.scan.prose").joinpath("streets.yaml").read_text("utf-8")
    return Streets(load(_Words, text, "streets.yaml"))
