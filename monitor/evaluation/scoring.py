"""Findings of one record against its truth: what was found, missed, right and wrong. Pure.

A planted value and a finding *meet* where both are of one category (under common names: any
country's identity number is NATIONAL_ID) and

- both name the same place and have spans there that overlap, or
- their values are equal but for case, spaces and punctuation, or the words of one stand in a row
  in the other.

A finding is **right** where the planted values that it meets cover at least half of its
characters: half together, so that one finding of a full name meets first and last name, and one
of a whole document meets nothing. A planted value is **found** where the right findings that meet
it cover at least half of *its* characters: at the same place where both name one; `anywhere`
leaves the place out. A finding of an equal value at another place is right (the value is
personal data there too), but does not make the place found.

A finding that is not right is **ambient** where it meets, whatever its category, a value that the
truth lists as looking like personal data without being planted; else it is **false**.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_HALF = 0.5
_REMEMBERED = 4096
"""Values of one record are compared with each other again and again."""
_STEPS = ("", ">", ":", ".", "[")
"""What may follow a path that leads further."""


class Value(NamedTuple):
    """A planted, ambient or found value. `where` is empty and `start` negative if not known."""

    category: str
    value: str
    where: str = ""
    start: int = -1

    @property
    def end(self) -> int:
        return self.start + len(self.value)

    def __repr__(self) -> str:
        return f"<Value of {self.category}>"


class Verdict(StrEnum):
    """What a finding turned out to be."""

    RIGHT = "right"
    AMBIENT = "ambient"
    FALSE = "false"


class RecordScore(NamedTuple):
    """In the order of what was given: for planted values whether they were found at their place
    and anywhere, for findings the verdict; and which findings meet each ambient value."""

    placed: list[bool]
    anywhere: list[bool]
    verdicts: list[Verdict]
    ambient: list[list[int]]


Spans = tuple[range, range]
"""What two values have in common: the part of the first, and that of the second."""


def score_record(
    truth: Sequence[Value], ambient: Sequence[Value], findings: Sequence[Value]
) -> RecordScore:
    """Compares the findings of one record with what was planted in it."""
    met = [[_meet(planted, finding) for finding in findings] for planted in truth]
    right = [
        _half((met[p][f] for p in range(len(truth))), 1, finding)
        for f, finding in enumerate(findings)
    ]
    on_ambient = [
        [f for f, finding in enumerate(findings) if not right[f] and _parts(value, finding)]
        for value in ambient
    ]
    touched = {f for found in on_ambient for f in found}
    return RecordScore(
        placed=_found(truth, findings, met, right, _same_place),
        anywhere=_found(truth, findings, met, right, lambda _planted, _finding: True),
        verdicts=[
            Verdict.RIGHT if ok else Verdict.AMBIENT if f in touched else Verdict.FALSE
            for f, ok in enumerate(right)
        ],
        ambient=on_ambient,
    )


def touches(first: Value, second: Value) -> bool:
    """Whether the two have characters in common, whatever their categories."""
    return _parts(first, second) is not None


@lru_cache(maxsize=_REMEMBERED)
def normal(value: str) -> str:
    """The value as it is compared: letters and digits, without case and width."""
    return "".join(_WORD.findall(_folded(value))).replace("_", "")


def _found(
    truth: Sequence[Value],
    findings: Sequence[Value],
    met: list[list[Spans | None]],
    right: list[bool],
    place: Callable[[Value, Value], bool],
) -> list[bool]:
    return [
        _half(
            (
                met[p][f] if right[f] and place(planted, finding) else None
                for f, finding in enumerate(findings)
            ),
            0,
            planted,
        )
        for p, planted in enumerate(truth)
    ]


def _same_place(first: Value, second: Value) -> bool:
    """One place, or one inside of the other (a table's cell in the file that is the table)."""
    short, long = sorted((first.where, second.where), key=len)
    if not short:
        return True
    return long.startswith(short) and long[len(short) : len(short) + 1] in _STEPS


def _meet(planted: Value, finding: Value) -> Spans | None:
    return _parts(planted, finding) if planted.category == finding.category else None


def _parts(first: Value, second: Value) -> Spans | None:
    """What two values have in common: all where they are equal, wherever they are (labels count
    characters in ways of their own); else by their spans at one place; else by their words."""
    if normal(first.value) and normal(first.value) == normal(second.value):
        return range(len(first.value)), range(len(second.value))
    if first.where and first.where == second.where and first.start >= 0 and second.start >= 0:
        start, end = max(first.start, second.start), min(first.end, second.end)
        if start < end:
            return (
                range(start - first.start, end - first.start),
                range(start - second.start, end - second.start),
            )
    return _by_words(first.value, second.value)


def _by_words(first: str, second: str) -> Spans | None:
    inner = _run(first, second)
    if inner is not None:
        return range(len(first)), inner
    inner = _run(second, first)
    return (inner, range(len(second))) if inner is not None else None


def _run(words: str, text: str) -> range | None:
    """Where the words of one value stand in a row in another one."""
    wanted = [word for word, _, _ in _words(words)]
    spans = _words(text)
    for at in range(len(spans) - len(wanted) + 1 if wanted else 0):
        row = spans[at : at + len(wanted)]
        if [word for word, _, _ in row] == wanted:
            return range(row[0][1], row[-1][2])
    return None


@lru_cache(maxsize=_REMEMBERED)
def _words(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((_folded(word[0]), *word.span()) for word in _WORD.finditer(text))


def _half(spans: Iterable[Spans | None], side: int, of: Value) -> bool:
    """Whether the spans together cover at least half of the value's letters and digits."""
    covered = {at for pair in spans if pair is not None for at in pair[side]}
    signs = [at for at, char in enumerate(of.value) if char.isalnum()] or range(len(of.value))
    return bool(covered) and len(covered.intersection(signs)) >= _HALF * len(signs)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
