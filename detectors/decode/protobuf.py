"""Protobuf: field numbers as keys, or names where the bytes fit one of the public schemas.

The schemas (schemas.yaml) are those of open standards; whatever does not fit one is told apart
by its bytes alone, as text, a message, or neither.
"""

from importlib.resources import files
from typing import Any, cast

from detectors.decode.text import is_binary
from detectors.decode.wire import FIXED32, FIXED64, LENGTH, VARINT, Field, fields, number
from detectors.decode.work import Place, Work
from detectors.yamlfile import StrictModel, load

_Document = dict[str, Any]
_LEAST_BYTES = 32
"""Shorter bytes that are neither text nor a message are ids."""
_HIGHEST_GUESSED = 500
_PRINTED = 4
_DECLARED = ("protobuf", "grpc", "x-proto")


class _MisfitError(ValueError):
    """The bytes are no message of this schema."""


class ProtobufDecoder:
    """A message with text in it, or any message where the sender says that it is one."""

    name = "protobuf"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        declared = any(name in place.content_type for name in _DECLARED)
        if not (declared or is_binary(data) or data[:1] == b"\n"):
            return False
        document = _by_schema(data, work)
        if document is None:
            document = _guess(data, work, place.depth)
        if not document or not (declared or _has_text(document)):
            return False
        work.inspected += len(data)
        work.walk(document, place.inner("protobuf:$"))
        return True


def _by_schema(data: bytes, work: Work) -> _Document | None:
    for name in _SCHEMAS.roots:
        try:
            document = _read(data, name, work, 0)
        except _MisfitError:
            continue
        if document:
            return document
    return None


def _read(data: bytes, message: str, work: Work, depth: int) -> _Document:
    """The document of a message; `_MisfitError` where a field is of another kind."""
    found = _fields(data, work)
    if found is None or depth > work.budget.depth:
        raise _MisfitError
    schema = _MESSAGES[message]
    document: _Document = {}
    for field in found:
        known = schema.get(field.number)
        if known is None:
            raise _MisfitError
        name, kind = known
        value = _typed(field, kind.removesuffix("*"), work, depth)
        if kind.endswith("*"):
            document.setdefault(name, []).append(value)
        else:
            document[name] = value
    return document


def _typed(field: Field, kind: str, work: Work, depth: int) -> object:
    if kind == "packed":
        return None
    if field.wire not in _WIRES.get(kind, (LENGTH,)):
        raise _MisfitError
    if kind in _MESSAGES:
        return _read(cast("bytes", field.value), kind, work, depth + 1)
    if kind == "string":
        try:
            return cast("bytes", field.value).decode()
        except UnicodeDecodeError:
            raise _MisfitError from None
    return None if kind == "bytes" else number(field)


def _guess(data: bytes, work: Work, depth: int) -> _Document | None:
    """The document of a message of unknown schema; None where the bytes are none."""
    found = _fields(data, work)
    if not found or depth >= work.budget.depth:
        return None
    if any(field.number > _HIGHEST_GUESSED for field in found):
        return None
    document: _Document = {}
    for field in found:
        value = _guessed(field, work, depth)
        key = str(field.number)
        if key not in document:
            document[key] = value
        elif type(document[key]) is list:
            document[key].append(value)
        else:
            document[key] = [document[key], value]
    return document


def _guessed(field: Field, work: Work, depth: int) -> object:
    if field.wire != LENGTH:
        return number(field)
    data = cast("bytes", field.value)
    text = _text(data)
    if text is not None and text.isprintable():
        return text
    inner = _guess(data, work, depth + 1)
    if inner is not None:
        return inner
    if text is not None:
        return text
    return data if len(data) >= _LEAST_BYTES else None


def _text(data: bytes) -> str | None:
    """Text without control characters but those of lines."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if text.translate(_LINES).isprintable() else None


_LINES = {ord("\n"): " ", ord("\r"): " ", ord("\t"): " "}


def _fields(data: bytes, work: Work) -> list[Field] | None:
    found = fields(data, max(0, work.steps))
    work.steps -= 1 + (len(data) >> 10) + (len(found) if found else 0)
    return found


def _has_text(document: object) -> bool:
    if isinstance(document, dict):
        return any(map(_has_text, cast("_Document", document).values()))
    if isinstance(document, list):
        return any(map(_has_text, cast("list[object]", document)))
    return isinstance(document, str) and len(document) >= _PRINTED


_WIRES = {"int": (VARINT,), "fixed": (FIXED64, FIXED32), "double": (FIXED64,)}


class _Schemas(StrictModel):
    """Messages by name: field numbers with their name and type."""

    roots: tuple[str, ...]
    messages: dict[str, dict[int, str]]


_SCHEMAS = load(
    _Schemas, files("detectors.decode").joinpath("schemas.yaml").read_text("utf-8"), "schemas.yaml"
)


def _name_and_type(line: str) -> tuple[str, str]:
    name, kind = line.split()
    return name, kind


_MESSAGES: dict[str, dict[int, tuple[str, str]]] = {
    message: {number: _name_and_type(line) for number, line in members.items()}
    for message, members in _SCHEMAS.messages.items()
}
