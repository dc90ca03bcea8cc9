"""Dates of birth that stand in parts: `dob.day`, `birth_month`, `birthYear`."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.lexicon import BirthParts, joined
from detectors.scan.keys.shapes import Shape

_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]", re.ASCII)
_MONTH = re.compile(r"0?[1-9]|1[0-2]|[^\W\d]{3,12}\.?")
_YEAR = re.compile(r"(?:19|20)\d\d|\d\d", re.ASCII)
_LONGEST = 16


def day(text: str) -> bool:
    """A day of a month, in figures."""
    return len(text) <= _LONGEST and _DAY.fullmatch(text) is not None


def month(text: str) -> bool:
    """A month, in figures or by its name."""
    return len(text) <= _LONGEST and _MONTH.fullmatch(text) is not None


def year(text: str) -> bool:
    """A year that somebody alive may be born in."""
    return len(text) <= _LONGEST and _YEAR.fullmatch(text) is not None


Part = tuple[str, Shape]
BIRTH_PARTS = ("key:birth year", "key:birth month", "key:birth day")
"""The evidence of the parts, in the order in which a whole date is written."""


class BirthKeys:
    """Tells the keys of the parts of a date of birth."""

    def __init__(self, parts: BirthParts) -> None:
        self._before = joined(parts.before)
        self._shapes: dict[str, Part] = {}
        words = (parts.year, parts.month, parts.day)
        for named, part in zip(
            words, zip(BIRTH_PARTS, (year, month, day), strict=True), strict=True
        ):
            self._shapes.update(dict.fromkeys(joined(named), part))

    def part(self, own: tuple[str, ...], above: tuple[str, ...]) -> Part | None:
        """Which part it is, and what the value must look like, where the key is a part's."""
        whole = "".join(own)
        if whole in self._before:  # `birth day` has a day in it, and is no part
            return None
        shape = self._shapes.get(own[-1])
        if shape is not None:
            qualifier = own[:-1] or above
            return shape if self._is_birth(qualifier) else None
        return self._in_one_word(whole, alone=len(own) == 1)

    def _in_one_word(self, whole: str, *, alone: bool) -> Part | None:
        """`year_of_birth`, and `birthyear` without separators."""
        for word, shape_of in self._shapes.items():
            if len(word) < 3:
                continue
            if whole.startswith(word) and whole[len(word) :].removeprefix("of") in self._before:
                return shape_of
            if alone and whole.endswith(word) and whole[: -len(word)] in self._before:
                return shape_of
        return None

    def _is_birth(self, qualifier: tuple[str, ...]) -> bool:
        return any(
            _is_birth_word("".join(qualifier[at:]), self._before) for at in range(len(qualifier))
        )


def _is_birth_word(word: str, before: frozenset[str]) -> bool:
    return word in before or word.removesuffix("s") in before


def joined_births(parts: Iterable[Hit]) -> Iterator[Hit]:
    """One hit for each year, month and day that stand side by side: a date in a leaf of its own,
    `$.dob.{year,month,day}`. Parts without the others are hits as they are."""
    for _, group in groupby(parts, key=_beside):
        hits = list(group)
        by_part = {hit.evidence: hit for hit in hits}
        if len(by_part) == len(hits) == len(BIRTH_PARTS):
            yield _whole([by_part[part] for part in BIRTH_PARTS])
        else:
            yield from hits


def _beside(hit: Hit) -> tuple[str, tuple[str, ...]]:
    """What the parts of one date have in common: the path to their keys, and the keys above."""
    path, keys = hit.leaf.path, hit.leaf.keys
    at = path.rfind(keys[-1])
    return path[:at], keys[:-1]


def _whole(parts: list[Hit]) -> Hit:
    leaf = parts[0].leaf
    at, key = leaf.path.rfind(leaf.keys[-1]), leaf.keys[-1]
    names = ",".join(part.leaf.keys[-1] for part in parts)
    path = f"{leaf.path[:at]}{{{names}}}{leaf.path[at + len(key) :]}"
    values = [part.value.strip() for part in parts]
    figures = values[1].isdecimal()
    text = "-".join(v.zfill(2) for v in values) if figures else " ".join(reversed(values))
    made = Leaf(path, (*leaf.keys[:-1], "date"), text)
    return Hit(made, "DATE_OF_BIRTH", 0, len(text), parts[0].score, "key:date_of_birth")
