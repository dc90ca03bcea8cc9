"""JSON and newline-delimited JSON, also inside strings of other formats."""

import json
import re
from typing import Any, cast

import orjson

from detectors.decode import paths
from detectors.decode.base import Reason
from detectors.decode.text import add_text, to_text
from detectors.decode.work import Place, Work

OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_TOO_DEEP = "depth limit exceeded"  # orjson's own limit is 1024 levels


class BrokenError(Exception):
    """Not JSON; `too_deep` where it may be, but is nested deeper than any parser follows."""

    def __init__(self, *, too_deep: bool) -> None:
        super().__init__()
        self.too_deep = too_deep


class JsonDecoder:
    """One JSON object or array."""

    name = "json"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if OPENING.match(data) is None:
            return False
        try:
            document = parse(data)
        except BrokenError as broken:
            if not broken.too_deep:
                return False
            work.skip(Reason.BUDGET_DEPTH, len(data))
            work.leaf(f"{place.path}>text", place.keys, to_text(data))
            return True
        work.inspected += len(data)
        walk(document, place.inner("json:$"), work)
        return True


class NdjsonDecoder:
    """Several lines, the first of which is a JSON object or array; others may be anything (a
    Sentry envelope's attachments, a last line that the capture has cut)."""

    name = "ndjson"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        lines = data.splitlines()
        if len(lines) < 2 or not _is_container(lines[0]):
            return False
        for number, line in enumerate(lines):
            if line.strip():
                _add_line(line, place.inner(f"ndjson[{number}]"), work)
        return True


def _is_container(line: bytes) -> bool:
    try:
        return OPENING.match(line) is not None and parse(line) is not None
    except BrokenError:
        return False


def _add_line(line: bytes, place: Place, work: Work) -> None:
    try:
        document = parse(line)
    except BrokenError:
        add_text(to_text(line), place, work)
        return
    work.inspected += len(line)
    walk(document, place._replace(path=f"{place.path}:$"), work)


def parse(data: bytes | str) -> Any:
    """The document. What orjson refuses and senders produce all the same (NaN, lone surrogates,
    Latin-1) the standard library reads."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if error.msg == _TOO_DEEP:
            raise BrokenError(too_deep=True) from None
    try:
        return json.loads(data if isinstance(data, str) else to_text(data))
    except RecursionError:
        raise BrokenError(too_deep=True) from None
    except ValueError:
        raise BrokenError(too_deep=False) from None


def embedded(text: str) -> Any:
    """The object or array that a string holds, or None where it holds none."""
    if len(text) < 2 or text[0] not in "[{" or text[-1] not in "]}":
        return None
    try:
        return parse(text)
    except BrokenError:
        return None


def walk(value: object, place: Place, work: Work) -> None:
    """Adds the leaves of a parsed document. Recursive, and bounded by the budget's depth: what is
    nested deeper is one leaf of text, and counted."""
    if isinstance(value, str):
        add_string(value, place, work)
    elif isinstance(value, dict | list):
        if not value:
            return
        if work.too_deep(place):
            _flatten(cast("object", value), place, work)
        elif isinstance(value, dict):
            _walk_members(cast("dict[str, object]", value), place, work)
        else:
            for position, item in enumerate(cast("list[object]", value)):
                walk(item, _item(place, position), work)
    elif value is not None and not isinstance(value, bool):
        work.leaf(place.path, place.keys, str(value))


def _walk_members(value: dict[str, object], place: Place, work: Work) -> None:
    path, keys, depth, _ = place
    for key, item in value.items():
        written, short, is_field = paths.member(key)
        inner = path + written
        if not is_field:
            work.leaf(f"{inner}>key", keys, key)
        kind = type(item)
        if kind is str and not _may_embed(cast("str", item)):
            work.leaf(inner, (*keys, short), cast("str", item))
        elif kind is int or kind is float:
            work.leaf(inner, (*keys, short), str(item))
        elif item is not None and kind is not bool:
            walk(item, Place(inner, (*keys, short), depth + 1), work)


def _item(place: Place, position: int) -> Place:
    return Place(f"{place.path}[{position}]", place.keys, place.depth + 1)


def _may_embed(text: str) -> bool:
    return text[:1] in ("{", "[")


def add_string(text: str, place: Place, work: Work) -> None:
    """A string as a leaf, or as the leaves of the document it holds."""
    if _may_embed(text) and not work.too_deep(place) and work.grant(len(text)):
        document = embedded(text)
        if document is not None:
            walk(document, place.inner("json:$"), work)
            return
    work.leaf(place.path, place.keys, text)


def _flatten(value: object, place: Place, work: Work) -> None:
    """All that is in a document, as one leaf: its structure is not followed any more."""
    scalars: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            members = cast("dict[str, object]", item)
            scalars += members
            pending += members.values()
        elif isinstance(item, list):
            pending += cast("list[object]", item)
        else:
            scalars.append(str(item))
    text = "\n".join(scalars)
    work.skip(Reason.BUDGET_DEPTH, max(1, len(text)))
    work.leaf(f"{place.path}>text", place.keys, text)
