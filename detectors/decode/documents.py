"""Parsing JSON, from bytes or from a string that holds it."""

import json
from typing import Any, cast

import orjson

from detectors.decode.text import to_text

_TOO_DEEP = "depth limit exceeded"  # orjson's own limit is 1024 levels


class BrokenError(Exception):
    """Not JSON; `too_deep` where it may be, but is nested deeper than any parser follows."""

    def __init__(self, *, too_deep: bool) -> None:
        super().__init__()
        self.too_deep = too_deep


def parse(data: bytes | str) -> Any:
    """A JSON document; what orjson refuses but is JSON all the same (NaN, lone surrogates,
    Latin-1) the standard library reads."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if error.msg == _TOO_DEEP:
            raise BrokenError(too_deep=True) from None
    text = data if isinstance(data, str) else to_text(data)
    try:
        document = json.loads(text)
        return scrub(document) if "\\ud" in text.lower() or not text.isascii() else document
    except RecursionError:
        raise BrokenError(too_deep=True) from None
    except ValueError:
        raise BrokenError(too_deep=False) from None


def scrub(value: object) -> object:
    """The document without lone surrogates, which are no valid text."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {scrub(key): scrub(item) for key, item in members.items()}
    if isinstance(value, list):
        return [scrub(item) for item in cast("list[object]", value)]
    return value


def embedded(text: str) -> Any:
    """The object or array that a string holds, or None where it holds none. A string in a string
    is seen through once."""
    try:
        document = parse(text)
        if isinstance(document, str):
            document = parse(document)
    except BrokenError:
        return None
    return cast("object", document) if isinstance(document, dict | list) else None
