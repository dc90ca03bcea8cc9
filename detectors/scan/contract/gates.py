"""Which patterns may match a text: one Hyperscan pass instead of a search for each pattern.

The patterns are Presidio's own, read from the installed library, so that a new version needs no
new gates. Hyperscan reads them as prefilters (look-arounds and back-references dropped), which
match wherever the pattern does. Where that cannot be had, the gate stays open: a construct that
Hyperscan lacks or reads differently, an anchor at the text's end, digits outside ASCII. Without
Hyperscan every gate is open: the same findings, later.
"""

# hyperscan has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import regex

_IGNORECASE, _MULTILINE, _DOTALL = 2, 8, 16
"""The flags of `re` and `regex` that Hyperscan has as well."""

_SAME_MEANING = re.compile(
    r"""(?: [^\\()\[\]{] | \\[dDwWsSbB] | \\[^a-zA-Z0-9] | \\[nrtf] | \\[1-9]
        | \( (?! \? ) | \(\? (?: : | = | ! | <= | <! | i\) ) | \)
        | \{ [0-9]+ ,? [0-9]* \} | \]
        | \[ \^? (?: [^\\\[\]] | \\[dDwWsS] | \\[^a-zA-Z0-9] | \\[nrtf] )+ \]
    )*""",
    re.VERBOSE,
)
"""What `regex` and PCRE read alike. Not fuzzy matching (`{e<=1}`), `{,3}`, `\\A` or `\\p{L}`."""
_NEGATED = re.compile(r"\[\^(?!\\s\])")
_STRANGE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""White space to Python and not to PCRE, and characters that stand for others here."""

_SPACE, _OTHER, _WORD = " ", "\x7f", "_"
_FOLDS_TO_ASCII = {"\u017f": "s", "\u212a": "k", "\u0130": "i", "\u0131": "i"}


class Expression(NamedTuple):
    """A pattern of `regex`, with its flags."""

    regex: str
    flags: int


class Gates:
    """The patterns of some recognisers, by their number. `open_for` is a superset of those that
    match, in ascending order."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        everything = range(len(expressions))
        closable = [n for n in everything if _reads_alike(expressions[n])]
        self._database, self._error, compiled = _compile(expressions, closable)
        self._all = tuple(everything)
        self._open = tuple(n for n in everything if n not in compiled)
        self._negated = frozenset(n for n in compiled if _NEGATED.search(expressions[n].regex))

    def open_for(self, text: str) -> Sequence[int]:
        if self._database is None:
            return self._all
        found = set(self._open)
        if not text.isascii():
            ascii_text = _ascii(text)
            if ascii_text is None:
                return self._all
            text = ascii_text
            found |= self._negated
        if _STRANGE.search(text.replace(_OTHER, "")):
            return self._all

        def on_match(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.add(number)

        try:
            self._database.scan(text.encode("ascii"), on_match)
        except self._error:  # the scratch space is in use by another thread
            return self._all
        return sorted(found)


def _reads_alike(expression: Expression) -> bool:
    regex, flags = expression
    return (
        regex.isascii()
        and flags & ~(_IGNORECASE | _MULTILINE | _DOTALL) == 0
        and _SAME_MEANING.fullmatch(regex) is not None
    )


def _compile(
    expressions: Sequence[Expression], numbers: Sequence[int]
) -> tuple[Any, type[Exception], frozenset[int]]:
    """A database of the expressions that Hyperscan takes, its exception, and which these are."""
    try:
        import hyperscan
    except ImportError:
        return None, Exception, frozenset()
    taken = list(numbers)
    database = _database(hyperscan, expressions, taken) if taken else None
    if taken and database is None:  # some are not for Hyperscan: one by one, which takes longer
        taken = [n for n in numbers if _database(hyperscan, expressions, [n]) is not None]
        database = _database(hyperscan, expressions, taken) if taken else None
    return database, hyperscan.HyperscanError, frozenset(taken if database is not None else ())


def _database(hyperscan: Any, expressions: Sequence[Expression], numbers: Sequence[int]) -> Any:
    flags = [
        hyperscan.HS_FLAG_PREFILTER
        | hyperscan.HS_FLAG_SINGLEMATCH
        | (hyperscan.HS_FLAG_CASELESS if expressions[n].flags & _IGNORECASE else 0)
        | (hyperscan.HS_FLAG_MULTILINE if expressions[n].flags & _MULTILINE else 0)
        | (hyperscan.HS_FLAG_DOTALL if expressions[n].flags & _DOTALL else 0)
        for n in numbers
    ]
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[expressions[n].regex.encode() for n in numbers],
            ids=list(numbers),
            elements=len(numbers),
            flags=flags,
        )
    except hyperscan.HyperscanError:
        return None
    return database


# `regex` rather than `re`, whose idea of a letter is another (`¼`, combining marks)
_IS_WORD, _IS_SPACE = regex.compile(r"\w"), regex.compile(r"\s")


class _Letters(dict[int, str]):
    """How each character outside ASCII is matched: as what it is to `\\w`, `\\s` and `\\b`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < 128:
            stands_for = character
        elif character in _FOLDS_TO_ASCII:
            stands_for = _FOLDS_TO_ASCII[character]
        elif _IS_SPACE.match(character):
            stands_for = _SPACE
        else:
            stands_for = _WORD if _IS_WORD.match(character) else _OTHER
        if len(self) < 10_000:
            self[code] = stands_for
        return stands_for


_LETTERS = _Letters()
_DIGIT = regex.compile(r"[^\D0-9]")


def _ascii(text: str) -> str | None:
    """The text with an ASCII character for each of its own; None where a digit is not ASCII."""
    return None if _DIGIT.search(text) else text.translate(_LETTERS)
