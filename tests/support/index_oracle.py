"""Queries with what they mean: each generated query comes with a plain Python predicate.

The predicates read a record's JSON and know nothing of the parser, its tree or SQL. So they say
what every index has to answer.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from detectors.records import Record, encode
from tests.support.index_records import CATEGORY_NAMES, NAMES, PATHS, START

Predicate = Callable[[Record], bool]
Query = tuple[str, Predicate]

TEXT, DOTTED, ID, PROSE = "text", "dotted", "id", "prose"
INT, REAL, BOOL, TIME = "int", "real", "bool", "time"

FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "flows": {
        "event.id": ("id", ID),
        "@timestamp": ("timestamp", TIME),
        "egresswatch.channel": ("channel", TEXT),
        "service.name": ("service", TEXT),
        "user.hash": ("user", ID),
        "user.roles": ("role", TEXT),
        "destination.domain": ("destination", TEXT),
        "destination.port": ("port", INT),
        "url.scheme": ("scheme", TEXT),
        "http.request.method": ("method", TEXT),
        "http.response.status_code": ("status", INT),
        "trace.id": ("trace", ID),
        "egresswatch.subprocessor": ("subprocessor", TEXT),
        "egresswatch.registered": ("registered", BOOL),
        "egresswatch.categories.name": ("category", DOTTED),
        "egresswatch.categories.entities": ("entity", TEXT),
        "egresswatch.categories.fields": ("field", TEXT),
        "egresswatch.violations.rule": ("violation", TEXT),
        "egresswatch.values": ("values", INT),
        "egresswatch.rows": ("rows", INT),
        "egresswatch.bytes": ("bytes", INT),
        "egresswatch.uninspected.reason": ("uninspected", TEXT),
        "egresswatch.uninspected.bytes": ("uninspected.bytes", INT),
        "egresswatch.suppressed.reason": ("suppressed", TEXT),
        "egresswatch.suppressed.values": ("suppressed.values", INT),
        "egresswatch.late": ("late", BOOL),
    },
    "sums": {
        "@timestamp": ("window", TIME),
        "egresswatch.subprocessor": ("subprocessor", TEXT),
        "egresswatch.registered": ("registered", BOOL),
        "service.name": ("service", TEXT),
        "egresswatch.category": ("category", DOTTED),
        "destination.domain": ("destination", TEXT),
        "egresswatch.fields": ("field", TEXT),
        "egresswatch.late": ("late", BOOL),
    },
    "findings": {
        "event.id": ("id", ID),
        "@timestamp": ("timestamp", TIME),
        "event.kind": ("kind", TEXT),
        "rule.id": ("rule", TEXT),
        "message": ("message", PROSE),
        "egresswatch.subprocessor": ("subprocessor", TEXT),
        "service.name": ("service", TEXT),
        "egresswatch.category": ("category", DOTTED),
        "egresswatch.window": ("window", TIME),
        "event.end": ("last", TIME),
        "egresswatch.events": ("events", INT),
        "egresswatch.score": ("score", REAL),
        "egresswatch.evidence.fields": ("field", TEXT),
        "egresswatch.evidence.destinations": ("destination", TEXT),
        "egresswatch.evidence.seen": ("seen", TEXT),
        "egresswatch.evidence.observed": ("observed", REAL),
    },
    "alerts": {
        "event.id": ("id", ID),
        "@timestamp": ("opened", TIME),
        "event.end": ("last", TIME),
        "rule.id": ("rule", TEXT),
        "title": ("title", PROSE),
        "egresswatch.status": ("status", TEXT),
        "egresswatch.verdict": ("verdict", TEXT),
        "egresswatch.severity": ("severity", TEXT),
        "egresswatch.subprocessor": ("subprocessor", TEXT),
        "service.name": ("service", TEXT),
        "egresswatch.category": ("category", DOTTED),
        "egresswatch.fields": ("field", TEXT),
        "destination.domain": ("destination", TEXT),
        "egresswatch.events": ("events", INT),
        "egresswatch.subjects.estimate": ("subjects", INT),
    },
    "dead-letters": {
        "event.id": ("id", ID),
        "@timestamp": ("timestamp", TIME),
        "egresswatch.partition": ("partition", TEXT),
        "egresswatch.offset": ("offset", INT),
        "egresswatch.bytes": ("bytes", INT),
        "error.code": ("reason", TEXT),
        "error.message": ("problem", PROSE),
    },
}
"""By kind of record and field name: a short name, and how the field compares."""

_NO_DEFAULT = {
    "destination.port",
    "http.response.status_code",
    "egresswatch.evidence.observed",
}
_ADDED_UP = {"egresswatch.values": "egresswatch.categories.values"}
_ADDED_UP |= {
    name: name for name in ("egresswatch.uninspected.bytes", "egresswatch.suppressed.values")
}


def values(record: Record, name: str, kind: str) -> list[Any]:
    """The values of a field in the record's JSON; defaults are left out there."""
    document = msgspec.json.decode(encode(record))
    if name in _ADDED_UP and not (name == "egresswatch.values" and name in document):
        return [sum(_walk(document, _ADDED_UP[name]))]
    found = [value for value in _walk(document, name) if value not in {"", None}]
    if not found and name not in _NO_DEFAULT:
        return {INT: [0], REAL: [0.0], BOOL: [False]}.get(kind, [])
    return [_micros(value) for value in found] if kind == TIME else found


def _walk(document: Any, name: str) -> list[Any]:
    if isinstance(document, list):
        return [value for member in document for value in _walk(member, name)]
    if name in document:
        found = document[name]
        return found if isinstance(found, list) else [found]
    parts = name.split(".")
    for n in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:n])
        if head in document:
            return _walk(document[head], ".".join(parts[n:]))
    return []


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


def fold(text: str) -> str:
    """Lower case for A-Z only."""
    return re.sub("[A-Z]", lambda found: found[0].lower(), text)


def phrase(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word(text: str) -> str:
    """The text as an unquoted word, with every special character escaped."""
    return re.sub(r"[^\w]", lambda found: "\\" + found[0], text)


def _says(kind: str, wanted: str) -> Callable[[str], bool]:
    match kind:
        case "id":
            return lambda value: value == wanted
        case "prose":
            return lambda value: fold(wanted) in fold(value)
        case "dotted":
            return lambda value: (
                fold(value) == fold(wanted) or fold(value).startswith(fold(wanted) + ".")
            )
        case _:
            return lambda value: fold(value) == fold(wanted)


def _looks(kind: str, pattern: list[str]) -> Callable[[str], bool]:
    """`pattern`: literals, with the strings "*" and "?" at odd places as wildcards."""
    same = (lambda text: text) if kind == ID else fold
    regex = "".join(
        re.escape(same(part)) if n % 2 == 0 else {"*": ".*", "?": "."}[part]
        for n, part in enumerate(pattern)
    )
    found = re.compile(f".*{regex}.*" if kind == PROSE else regex, re.DOTALL)
    return lambda value: found.fullmatch(same(value)) is not None


def _any(name: str, kind: str, test: Callable[[Any], bool]) -> Predicate:
    return lambda record: any(test(value) for value in values(record, name, kind))


_texts = st.sampled_from((*NAMES, *CATEGORY_NAMES, *PATHS, "policy", "open", "flow-1", "absent"))


@st.composite
def _text_tests(draw: st.DrawFn, kind: str) -> tuple[str, Callable[[Any], bool]]:
    wanted = draw(_texts)
    match draw(st.sampled_from(["phrase", "word", "wild"])):
        case "phrase":
            return phrase(wanted), _says(kind, wanted)
        case "word":
            return word(wanted), _says(kind, wanted)
        case _:
            cut = draw(st.integers(1, len(wanted)))
            skipped = draw(st.integers(0, 1))
            mark = draw(st.sampled_from("*?"))
            head, tail = wanted[:cut], wanted[cut + skipped :]
            return f"{word(head)}{mark}{word(tail)}", _looks(kind, [head, mark, tail])


@st.composite
def _number_tests(draw: st.DrawFn, kind: str) -> tuple[str, Callable[[Any], bool]]:
    numbers = st.integers(-1, 5) if kind == INT else st.sampled_from([-1.0, 0.0, 0.5, 2.0, 9.5])
    low, high = draw(numbers), draw(numbers)
    match draw(st.sampled_from(["equal", "range", "from", "to"])):
        case "equal":
            return f'"{low}"', lambda value: value == low
        case "range":
            with_low, with_high = draw(st.booleans()), draw(st.booleans())
            text = f"{'[' if with_low else '{'}{low} TO {high}{']' if with_high else '}'}"
            return (
                text,
                lambda value: (
                    (value >= low if with_low else value > low)
                    and (value <= high if with_high else value < high)
                ),
            )
        case "from":
            return f'>="{low}"', lambda value: value >= low
        case _:
            return f'<"{low}"', lambda value: value < low


_DAY = 86_400_000_000


@st.composite
def _time_tests(draw: st.DrawFn) -> tuple[str, Callable[[Any], bool]]:
    moment = START + timedelta(hours=draw(st.integers(-60, 60)))
    instant = _micros(moment.isoformat())
    day = instant - instant % _DAY
    date = moment.date().isoformat()
    match draw(st.sampled_from(["day", "before", "range", "after", "instant"])):
        case "day":
            return date, lambda value: day <= value < day + _DAY
        case "before":
            return f"<{date}", lambda value: value < day
        case "range":
            return f"[{date} TO *]", lambda value: value >= day
        case "after":
            return f"{{{date} TO *}}", lambda value: value >= day + _DAY
        case _:
            return f'<="{moment.isoformat()}"', lambda value: value <= instant


@st.composite
def _leaves(draw: st.DrawFn, what: str) -> Query:
    name = draw(st.sampled_from(sorted(FIELDS[what])))
    alias, kind = FIELDS[what][name]
    called = draw(st.sampled_from([name, alias]))
    if draw(st.integers(0, 9)) == 0:
        form = draw(st.sampled_from([f"_exists_:{called}", f"{called}:*"]))
        return form, lambda record: bool(values(record, name, kind))
    text, test = draw(_tests(kind))
    return f"{called}:{text}", _any(name, kind, test)


def _tests(kind: str) -> st.SearchStrategy[tuple[str, Callable[[Any], bool]]]:
    match kind:
        case "int" | "real":
            return _number_tests(kind)
        case "bool":
            return st.booleans().map(lambda b: (str(b).lower(), lambda value: value is b))
        case "time":
            return _time_tests()
        case _:
            return _text_tests(kind)


@st.composite
def _field_groups(draw: st.DrawFn, what: str) -> Query:
    """field:(a OR b)"""
    name = draw(st.sampled_from(sorted(FIELDS[what])))
    alias, kind = FIELDS[what][name]
    (left, one), (right, two) = draw(_tests(kind)), draw(_tests(kind))
    first, second = _any(name, kind, one), _any(name, kind, two)
    if draw(st.booleans()):
        return f"{alias}:({left} OR {right})", lambda record: first(record) or second(record)
    return f"{alias}:({left} AND NOT {right})", lambda record: first(record) and not second(record)


def _combined(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    def joined(form: str, left: Query, right: Query) -> Query:
        (a, first), (b, second) = left, right
        match form:
            case "or":
                return f"({a} OR {b})", lambda record: first(record) or second(record)
            case "and":
                return f"({a} AND {b})", lambda record: first(record) and second(record)
            case "beside":
                return f"({a} {b})", lambda record: first(record) and second(record)
            case "without":
                return f"(+{a} -{b})", lambda record: first(record) and not second(record)
            case _:
                return f"NOT {a}", lambda record: not first(record)

    forms = st.sampled_from(["or", "and", "beside", "without", "not"])
    return st.builds(joined, forms, children, children)


def queries(what: str) -> st.SearchStrategy[Query]:
    """Queries on one kind of record, with what they mean."""
    base = _leaves(what) | _field_groups(what) | st.just(("*:*", lambda record: True))
    return st.recursive(base, _combined, max_leaves=6)
