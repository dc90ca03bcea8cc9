"""Records as documents, and back.

Documents are put together as bytes: most of what a flow says repeats from flow to flow (its
labels), and is encoded once.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from alerts.index.asked import moment
from alerts.index.elastic.layout import KEY, RECORD, Stored
from alerts.index.fields import COLLECTIONS, FLOWS, Collection, Field
from alerts.index.values import LARGEST, micros
from detectors.ids import stable_id
from detectors.records import Flow, encode

MAX_ID_BYTES = 512
"""Elasticsearch's own bound."""

EARLIEST_MOMENT, LATEST_MOMENT = moment(0), moment(0).replace(year=2262)
LATEST = micros(LATEST_MOMENT)
"""Moments before 1970 and from 2262 on are indexed as the nearest that date_nanos can hold; the
record itself keeps them."""

COLLECTION_OF: Mapping[type, Collection] = {one.record: one for one in COLLECTIONS.values()}

_json = msgspec.json.Encoder()


class Document(NamedTuple):
    """What one record is in the cluster."""

    id: str
    source: bytes


def document(what: Stored, record: Any) -> Document:
    """The document of a record, without the places it was added from."""
    collection = COLLECTION_OF[type(record)]
    key = collection.key(record)
    if what == "flows":
        inner = _flow_members(record)
    else:
        inner = _members(collection.fields, record)
        if KEY not in collection.by_name:
            inner += b',"' + KEY.encode() + b'":' + _json.encode(key)
    own = _json.encode(encode(record).decode())
    return Document(document_id(key), b'{%b,"%b":%b}' % (inner, RECORD.encode(), own))


def document_id(key: str) -> str:
    """The record's key as an `_id`."""
    return key if 0 < len(key.encode()) <= MAX_ID_BYTES else stable_id("long-id", key)


def with_member(source: bytes, name: str, value: Any) -> bytes:
    """The document with one more member."""
    return b'%b,"%b":%b}' % (source[:-1], name.encode(), _json.encode(value))


def _members(fields: tuple[Field, ...], record: Any) -> bytes:
    """The members of a JSON object, without its braces. Missing values are left out."""
    found = ((field, _indexed(field, field.read(record))) for field in fields)
    return b",".join(
        b'"%b":%b' % (field.name.encode(), _json.encode(value))
        for field, value in found
        if value is not None
    )


def _indexed(field: Field, value: Any) -> Any:
    """A value as the index takes it; None where there is none."""
    if field.many:
        return [one for one in dict.fromkeys(value) if one] or None
    match field.kind:
        case "time":
            if EARLIEST_MOMENT <= value <= LATEST_MOMENT:
                return value
            return EARLIEST_MOMENT if value < EARLIEST_MOMENT else LATEST_MOMENT
        case "int":
            return None if value is None else max(-LARGEST, min(LARGEST, value))
        case "real" | "bool":
            return value
        case _:
            return value or None


_OWN = tuple(field for field in FLOWS.fields if not field.label)
_LABELS = tuple(field for field in FLOWS.fields if field.label)
_LABEL_READERS: tuple[Callable[[Any], Any], ...] = tuple(field.read for field in _LABELS)


def _flow_members(flow: Flow) -> bytes:
    return _members(_OWN, flow) + _labels(tuple(read(flow) for read in _LABEL_READERS))


@lru_cache(maxsize=16_384)
def _labels(values: tuple[Any, ...]) -> bytes:
    found = ((field, _indexed(field, value)) for field, value in zip(_LABELS, values, strict=True))
    return b"".join(
        b',"%b":%b' % (field.name.encode(), _json.encode(value))
        for field, value in found
        if value is not None
    )


def row_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """The record's own JSON, out of its document."""
    return msgspec.json.decode(source[RECORD], type=dict[str, Any])
