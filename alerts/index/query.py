"""The query language: Lucene syntax, read by luqum, checked against the fields, made a tree.

`service:crm AND category:user.contact`, `bytes:>=1000`, `@timestamp:[2026-01-01 TO 2026-01-31]`,
`destination:*.example.com`, `NOT registered:true`, `_exists_:trace.id`, `*:*`. Clauses side by side
must all hold (AND). Words without a field search the usual ones (`Field.bare`). Whatever has no
meaning for records in order of time (fuzzy words, boosts, regular expressions) is refused, and so
is what would cost without bound. Errors name fields and positions, never the values looked for.
"""

# luqum has no type hints, so its attributes are unknown to the type checker:
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import re
from difflib import get_close_matches

from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse as parse_lucene

from alerts.index.base import QueryError
from alerts.index.fields import Collection, Field
from alerts.index.nodes import EVERYTHING, And, Exists, Like, Match, Node, Not, Or, Test, Wild
from alerts.index.values import range_test, text_test, word_test

MAX_CHARACTERS = 4_000
MAX_DEPTH = 32
MAX_TESTS = 256
"""Tests on fields in one query, after words without a field are spread over theirs."""
MAX_LEADING_WILDCARDS = 8

_POSITION = re.compile(r"position (\d+)")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def parse(collection: Collection, text: str) -> Node:
    """The tree of a query on these records, or QueryError; blank text matches everything."""
    if not text.strip():
        return EVERYTHING
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"the query is longer than {MAX_CHARACTERS} characters")
    if bad := _UNPRINTABLE.search(text):
        raise QueryError(f"the query has an unprintable character at position {bad.start() + 1}")
    try:
        syntax = parse_lucene(text)
    except (ParseError, ValueError, ArithmeticError) as error:  # the latter two from `~` and `^`
        raise _syntax_error(error) from None
    return _Reader(collection).read(syntax)


def find_field(collection: Collection, name: str) -> Field:
    """The field with this name or alias, or QueryError with the nearest name there is."""
    if found := collection.by_name.get(name):
        return found
    near = get_close_matches(name[:80], collection.by_name, n=1, cutoff=0.6)
    remedy = f"did you mean {near[0]}?" if near else f"known: {', '.join(_short(collection))}"
    raise QueryError(f"{collection.what} have no field {name[:80]!r}: {remedy}")


def _short(collection: Collection) -> list[str]:
    return [known.short for known in collection.fields]


def _syntax_error(error: Exception) -> QueryError:
    # luqum's text quotes the rest of the query, which may hold what nobody should log
    at = _POSITION.search(str(error).rpartition(" at ")[2])
    if not isinstance(error, ParseError):
        return QueryError("the number after a `~` or `^` is none; put special characters in quotes")
    if at is None:
        return QueryError("the query ends too early: is a value, a quote or a bracket missing?")
    return QueryError(
        f"the query cannot be read at position {int(at[1]) + 1}: "
        'put values with spaces or special characters in quotes ("...")'
    )


class _Reader:
    """One walk over luqum's tree; counts what it has seen, to refuse what is too much."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._tests = 0
        self._leading = 0

    def read(self, item: tree.Item, field: Field | None = None, depth: int = 0) -> Node:
        """The node for some syntax; `field` is the one whose group we are in."""
        if depth > MAX_DEPTH:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} levels")
        match item:
            case tree.SearchField():
                return self._search_field(item, field, depth)
            case tree.OrOperation():
                return Or(tuple(self.read(part, field, depth + 1) for part in item.operands))
            case tree.AndOperation() | tree.UnknownOperation():
                return And(tuple(self.read(part, field, depth + 1) for part in item.operands))
            case tree.Not() | tree.Prohibit():
                return Not(self.read(item.a, field, depth + 1))
            case tree.Group() | tree.FieldGroup() | tree.Plus():
                return self.read(item.children[0], field, depth + 1)
            case _:
                return self._leaf(item, field)

    def _search_field(self, item: tree.SearchField, outer: Field | None, depth: int) -> Node:
        if outer is not None:
            raise QueryError(f"{outer.name}: a field inside another field's brackets")
        if item.name == "*" and isinstance(item.expr, tree.Word) and item.expr.value == "*":
            return EVERYTHING
        if item.name == "_exists_":
            return self._count(Match(self._field(_text(item.expr, item.name)), Exists()))
        if isinstance(item.expr, tree.Prohibit | tree.Plus | tree.Not):
            raise QueryError(f'{item.name[:80]}: put a negative number in quotes ("-1")')
        return self.read(item.expr, self._field(item.name), depth + 1)

    def _leaf(self, item: tree.Item, field: Field | None) -> Node:
        if field is not None:
            return self._count(Match(field, _test(field, item)))
        if isinstance(item, tree.Word) and item.value == "*":
            return EVERYTHING
        if isinstance(item, tree.Range | tree.From | tree.To):
            raise QueryError("a range needs a field (bytes:>=1000)")
        bare = [known for known in self._collection.fields if known.bare]
        return Or(tuple(self._count(Match(known, _test(known, item))) for known in bare))

    def _field(self, name: str) -> Field:
        return find_field(self._collection, name)

    def _count(self, match: Match) -> Match:
        self._tests += 1
        if isinstance(match.test, Like) and isinstance(match.test.parts[0], Wild):
            self._leading += 1
        if self._tests > MAX_TESTS or self._leading > MAX_LEADING_WILDCARDS:
            raise QueryError(
                f"the query asks too much: at most {MAX_TESTS} tests, {MAX_LEADING_WILDCARDS} of "
                "them with a leading wildcard (a word without a field counts once for each field)"
            )
        return match


def _test(field: Field, item: tree.Item) -> Test:
    match item:
        case tree.Word():
            return word_test(field, item.value)
        case tree.Phrase():
            return text_test(field, _text(item, field.name))
        case tree.Range():
            return range_test(
                field,
                _bound(item.low, field),
                _bound(item.high, field),
                include_low=item.include_low,
                include_high=item.include_high,
            )
        case tree.From():
            return range_test(
                field, _bound(item.a, field), None, include_low=item.include, include_high=True
            )
        case tree.To():
            return range_test(
                field, None, _bound(item.a, field), include_low=True, include_high=item.include
            )
        case _:
            kind = _REFUSED.get(type(item).__name__, "this")
            raise QueryError(f"{kind} is not part of the query language; use * and ? as wildcards")


_REFUSED = {
    "Regex": "a regular expression (/.../)",
    "Fuzzy": "a fuzzy word (~)",
    "Proximity": "a proximity (~)",
    "Boost": "a boost (^)",
}


def _bound(item: tree.Item, field: Field) -> str | None:
    """The text of a range's end; None for `*`."""
    if isinstance(item, tree.Prohibit):
        return f"-{_text(item.a, field.name)}"
    text = _text(item, field.name)
    return None if text == "*" and isinstance(item, tree.Word) else text


def _text(item: tree.Item, where: str) -> str:
    """The characters that a word or phrase stands for."""
    match item:
        case tree.Phrase():
            return re.sub(r"\\(.)", r"\1", item.value[1:-1], flags=re.DOTALL)
        case tree.Word():
            return re.sub(r"\\(.)", r"\1", item.value, flags=re.DOTALL)
        case _:
            raise QueryError(f"{where[:80]}: a word or a quoted phrase belongs here")
