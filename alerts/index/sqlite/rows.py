"""Records as rows of their tables. It goes column by column, which is the fast way."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from alerts.index.fields import Field
from alerts.index.sqlite.parts import SHAPES_KEPT, Parts
from alerts.index.sqlite.tables import Table
from alerts.index.values import LARGEST
from detectors.records import encode

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_json = msgspec.json.Encoder()


def whole_rows(table: Table, records: Sequence[Any]) -> Iterator[Row]:
    """The rows of records that have their JSON beside their fields."""
    return zip(*_columns(table.own_fields, records), map(encode, records), strict=True)


class Apart(NamedTuple):
    """Rows of records that were taken apart, and of their shapes by number."""

    rows: Iterator[Row]
    shapes: dict[int, Row]


class Shaper:
    """Takes the records of one table apart; it remembers the shapes it has seen."""

    def __init__(self, table: Table, parts: Parts) -> None:
        self._table = table
        self._parts = parts
        self._known: dict[Hashable, tuple[int, Row]] = {}

    def number(self, record: Any) -> int:
        """The number of the record's shape."""
        return self._shape(record)[0]

    def apart(self, records: Sequence[Any]) -> Apart:
        """All records taken apart; the rows have the table's `columns`, in order."""
        shapes = list(map(self._shape, records))
        own = _columns(self._table.own_fields, records)
        extra = [map(read, records) for _, read in self._parts.extra]
        rows = zip(*own, [number for number, _ in shapes], *extra, strict=True)
        return Apart(rows, dict(shapes))

    def _shape(self, record: Any) -> tuple[int, Row]:
        key = self._parts.key(record)
        return self._known.get(key) or self._new_shape(key, record)

    def _new_shape(self, key: Hashable, record: Any) -> tuple[int, Row]:
        if len(self._known) >= SHAPES_KEPT:
            self._known.clear()
        shape = encode(self._parts.shape(record))
        digest = blake2b(shape, digest_size=8).digest()
        number = int.from_bytes(digest, signed=True)
        (labels,) = zip(*_columns(self._table.label_fields, [record]), strict=True)
        found = self._known[key] = number, (number, shape, *labels)
        return found


def _columns(fields: Iterable[Field], records: Sequence[Any]) -> list[Iterable[Value]]:
    return [_converter(field)(list(map(field.read, records))) for field in fields]


def _converter(field: Field) -> Callable[[list[Any]], list[Value]]:
    if field.many:
        return _arrays
    match field.kind:
        case "time":
            return _micros
        case "int":
            return _clamped
        case "bool":
            return _integers
        case "real":
            return list
        case _:
            return _texts


def _micros(column: list[datetime]) -> list[Value]:
    return [(moment - _EPOCH) // _MICROSECOND for moment in column]


def _integers(column: list[bool]) -> list[Value]:
    return [int(value) for value in column]


def _texts(column: list[str | None]) -> list[Value]:
    return [text or None for text in column]


def _arrays(column: list[tuple[str, ...]]) -> list[Value]:
    return [_json.encode(tuple(dict.fromkeys(one))).decode() if one else None for one in column]


def _clamped(column: list[int | None]) -> list[Value]:
    """Numbers that SQLite cannot hold become the nearest that a query can ask for."""
    return [
        number if number is None or -LARGEST <= number <= LARGEST else _nearest(number)
        for number in column
    ]


def _nearest(number: int) -> int:
    return max(-LARGEST, min(LARGEST, number))
