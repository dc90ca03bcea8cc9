"""Requests made to be slow: long runs of what patterns look for, in every place of a request."""

import gc
import json
import re
import sys
from collections.abc import Callable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any
from urllib.parse import quote

from detectors.records import EgressEvent
from detectors.scan import default_scanner
from tests.unit.decode.requests import request

SIZE = 64 * 1024

UNITS = (
    *"1aAé三٣@.-+_ /:=&%{}[]\"'\\<>,;#()|\n\t\0",
    *("a@", "@a.", "a@a.", "a.a@", "1-", "1 ", "1.", "1:", "1,", "(1) ", "+1 ", "+49 30 "),
    *("a1", "A1", "DE89 ", "Ab ", "Jane ", "Jane Doe, ", "Mr. ", "1 Hill Road, ", "ab-", "a b"),
    *("::", "1::", "f:", "00-", "0x", "sk_", "eyJ", "eyJ.", "AAAA", "QUJD", "=?utf-8?q?a?= "),
    *("1970-01-01 ", "1.1.1970 ", "12:30 ", "name: ", "tel. ", "born ", "dear ", "dob[", "a[b]"),
    *(
        "%25",
        "%7B",
        "\\u00e9",
        '\\"',
        '{"a":',
        "[[",
        "<a>",
        "</a>",
        "<!--",
        "&amp;",
        "a=b&",
        "a,b\n",
    ),
    *("--x\r\n", "a: b\r\n", "\r\n\r\n", "select ", "values (", "','", "{{a}}", "${", "\x1f\x8b"),
)
"""What runs are made of, alone and joined."""


def run_of(unit: str, size: int = SIZE) -> str:
    """The unit as often as fits."""
    return (unit * (size // max(1, len(unit.encode("utf-8", "replace"))) + 1))[:size]


def units_of_patterns() -> list[str]:
    """For every regular expression that the loaded detector holds, a text that it may match: what
    comes to be written later is attacked as well."""
    default_scanner()
    units = {_unit(_parser.parse(p.pattern, p.flags & ~re.DEBUG)) for p in _patterns()}
    return sorted(unit for unit in units if unit)


def _patterns() -> Iterator[re.Pattern[str]]:
    """Patterns in modules of ours and in their objects, also as bound `search` and the like."""
    owners: list[Any] = [
        vars(m) for name, m in sys.modules.items() if name.startswith("detectors.")
    ]
    owners += [
        o
        for o in gc.get_objects()
        if str(type(o).__module__).startswith(("detectors.", "presidio"))
    ]
    for owner in owners:
        for held in gc.get_referents(owner):
            members = held.values() if isinstance(held, dict) else [held]
            for one in members:
                pattern = getattr(one, "__self__", one)
                if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                    yield pattern


def _unit(nodes: Any) -> str:
    """A text for a parsed pattern: the first branch, repeated parts a few times."""
    return "".join(_node(op, argument) for op, argument in nodes)


def _node(op: Any, argument: Any) -> str:
    match op:
        case _constants.LITERAL:
            return chr(argument)
        case _constants.NOT_LITERAL | _constants.ANY:
            return "a"
        case _constants.IN:
            return _member(argument)
        case _constants.BRANCH:
            return _unit(argument[1][0])
        case _constants.SUBPATTERN:
            return _unit(argument[3])
        case _constants.ATOMIC_GROUP:
            return _unit(argument)
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT | _constants.POSSESSIVE_REPEAT:
            least, most, inner = argument
            return _unit(inner) * min(max(least, 2), most, 40)
        case _:  # positions, look-arounds, back-references
            return ""


def _member(options: Any) -> str:
    for op, argument in options:
        match op:
            case _constants.LITERAL:
                return chr(argument)
            case _constants.RANGE:
                return chr(argument[0])
            case _constants.CATEGORY:
                return {_constants.CATEGORY_DIGIT: "1", _constants.CATEGORY_SPACE: " "}.get(
                    argument, "a"
                )
            case _:
                continue  # a negation: whatever follows is what must not stand here
    return "a"


def _json(key: str) -> Callable[[str], EgressEvent]:
    return lambda text: request(json.dumps({"user": {key: text, "email": "jane@example.com"}}))


CARRIERS: dict[str, Callable[[str], EgressEvent]] = {
    "text body": request,
    "json string": lambda text: request(json.dumps([text])),
    "json string, not ASCII": lambda text: request(json.dumps(["é" + text], ensure_ascii=False)),
    "json key": lambda text: request(json.dumps({text: "jane@example.com"})),
    "json in json": lambda text: request(json.dumps(json.dumps([{"note": text}]))),
    "form field": lambda text: request("note=" + quote(text)),
    "raw form field": lambda text: request("note=" + text),
    "query": lambda text: request(url="https://a.example/?q=" + quote(text)),
    "raw url": lambda text: request(url="https://a.example/" + text),
    "header": lambda text: request(headers={"x-note": text, "cookie": text}),
    "declared multipart": lambda text: request(
        text, headers={"Content-Type": "multipart/form-data; boundary=x"}
    ),
    "declared csv": lambda text: request(
        "name,email\n" + text, headers={"Content-Type": "text/csv"}
    ),
    "declared xml": lambda text: request("<a>" + text, headers={"Content-Type": "text/xml"}),
    "binary": lambda text: request(text.encode("utf-8", "replace") + b"\xff\x00"),
    **{
        f"json {key}": _json(key)
        for key in ("name", "phone", "street", "birthday", "iban", "note", "password", "ssn", "lat")
    },
}
"""Where a text stands in a request, by name."""
