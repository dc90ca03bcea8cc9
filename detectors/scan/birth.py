"""Dates of birth that stand in parts: `dob.day`, `birth_month`, `birthYear`."""

import re

from detectors.scan.lexicon import BirthParts, joined
from detectors.scan.shapes import Shape

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


class BirthKeys:
    """Tells the keys of the parts of a date of birth."""

    def __init__(self, parts: BirthParts) -> None:
        self._before = joined(parts.before)
        self._shapes: dict[str, Shape] = {}
        for words, shape in ((parts.day, day), (parts.month, month), (parts.year, year)):
            self._shapes.update(dict.fromkeys(joined(words), shape))

    def part(self, own: tuple[str, ...], above: tuple[str, ...]) -> Shape | None:
        """What the value must look like, where the key is a part's; else None."""
        whole = "".join(own)
        if whole in self._before:  # `birth day` has a day in it, and is no part
            return None
        shape = self._shapes.get(own[-1])
        if shape is not None:
            qualifier = own[:-1] or above
            return shape if self._is_birth(qualifier) else None
        return self._in_one_word(whole, alone=len(own) == 1)

    def _in_one_word(self, whole: str, *, alone: bool) -> Shape | None:
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
        return any("".join(qualifier[at:]) in self._before for at in range(len(qualifier)))
