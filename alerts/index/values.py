"""The words of a query as values of their field's kind: numbers, moments, patterns."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from alerts.index.base import QueryError
from alerts.index.fields import Field
from alerts.index.nodes import Between, Equals, Exists, Like, Number, Test, Wild

LARGEST = 2**62
"""Whole numbers beyond this are refused: every store keeps 64 bits."""
MAX_WILDCARDS = 8
"""Wildcards in one word."""
MIN_LITERALS = 2
"""Other characters that a word with a leading wildcard needs, since no index can help it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly; the moment must have a time zone."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def word_test(field: Field, word: str) -> Test:
    """The test that an unquoted word (with its escapes and wildcards) puts to a field."""
    parts = tuple(_parts(word))
    if parts == (Wild.ANY,):
        return Exists()
    if not any(isinstance(part, Wild) for part in parts):
        return text_test(field, "".join(str(part) for part in parts))
    if field.kind not in {"name", "dotted", "id", "prose"}:
        raise QueryError(f"{field.name} holds {_HOLDS[field.kind]}: it takes no wildcards")
    return Like(_bounded(field, parts))


def text_test(field: Field, text: str) -> Test:
    """The test that a quoted phrase, or a word without wildcards, puts to a field."""
    if field.kind == "time":
        start, end = _moments(field, text)
        return Between(start, end, include_high=False)
    if field.kind == "bool":
        return Equals(_boolean(field, text))
    if field.kind in {"int", "real"}:
        return Equals(_number(field, text))
    return Equals(text)


def range_test(
    field: Field, low: str | None, high: str | None, *, include_low: bool, include_high: bool
) -> Test:
    """A range; None is an open end. A date as a bound means the whole day."""
    if field.kind not in {"int", "real", "time"}:
        raise QueryError(
            f"{field.name} holds {_HOLDS[field.kind]}: ranges work on numbers and times"
        )
    if low is None and high is None:
        return Exists()
    if field.kind == "time":
        from_ = None if low is None else _moments(field, low)[0 if include_low else 1]
        to = None if high is None else _moments(field, high)[1 if include_high else 0]
        return Between(from_, to, include_high=False)
    return Between(
        None if low is None else _number(field, low),
        None if high is None else _number(field, high),
        include_low,
        include_high,
    )


_HOLDS = {
    "int": "a whole number (like 443)",
    "real": "a number (like 3.5)",
    "time": "a time (like 2026-01-31 or 2026-01-31T12:00:00Z; quote other zones)",
    "bool": "true or false",
    "name": "text",
    "dotted": "text",
    "id": "text",
    "prose": "text",
}


def _wrong(field: Field) -> QueryError:
    return QueryError(f"{field.name} holds {_HOLDS[field.kind]}, not text")


def _boolean(field: Field, text: str) -> int:
    if text not in {"true", "false"}:
        raise _wrong(field)
    return int(text == "true")


def _number(field: Field, text: str) -> Number:
    try:
        number = int(text) if field.kind == "int" else float(text)
    except ValueError:
        raise _wrong(field) from None
    if abs(number) > LARGEST if isinstance(number, int) else not math.isfinite(number):
        raise QueryError(f"{field.name}: the number is out of range (at most 62 bits)")
    return number


def _moments(field: Field, text: str) -> tuple[int, int]:
    """The first microsecond that a date or time means, and the first one after it."""
    try:
        start = datetime.fromisoformat(text)
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        length = timedelta(days=1) if _DATE.fullmatch(text) else timedelta(microseconds=1)
        return micros(start), micros(start) + length // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise _wrong(field) from None


def _parts(word: str) -> Iterator[str | Wild]:
    """Literal runs and wildcards of a word; a backslash makes the next character literal."""
    literal = ""
    characters = iter(word)
    for character in characters:
        if character in "*?":
            if literal:
                yield literal
            literal = ""
            yield Wild(character)
        else:
            literal += next(characters, "") if character == "\\" else character
    if literal:
        yield literal


def _bounded(field: Field, parts: tuple[str | Wild, ...]) -> tuple[str | Wild, ...]:
    """The pattern with `**` as `*`, or QueryError where it would read everything for nothing."""
    kept = tuple(
        part for n, part in enumerate(parts) if part is not Wild.ANY or parts[n - 1 : n] != (part,)
    )
    if sum(isinstance(part, Wild) for part in kept) > MAX_WILDCARDS:
        raise QueryError(f"{field.name}: more than {MAX_WILDCARDS} wildcards in one word")
    literals = sum(len(part) for part in kept if isinstance(part, str))
    if isinstance(kept[0], Wild) and literals < MIN_LITERALS:
        raise QueryError(
            f"{field.name}: a leading wildcard needs at least {MIN_LITERALS} other characters"
        )
    return kept
