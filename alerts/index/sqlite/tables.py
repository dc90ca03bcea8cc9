"""How records lie in SQLite: the tables, made from the fields, and records as their rows.

Every kind of record has a table with one typed column a field and the record's JSON. Flows are
many, and most of what they say repeats (who sends what to whom by which fields), so each
combination of those labels is one row of `flow_shapes`, named by its hash: a flow then is a narrow
row, an insert touches few pages, and a query on labels judges the few shapes, not the many flows.
The JSON of flows is in a table of its own, to keep what is scanned small.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from alerts.index.base import What
from alerts.index.fields import ALERTS, DEAD_LETTERS, FINDINGS, FLOWS, SUMS, Collection, Field
from alerts.index.values import LARGEST, micros
from detectors.records import Flow

SCHEMA_VERSION = 4

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

_json = msgspec.json.Encoder()

_TYPES = {
    "name": "TEXT COLLATE NOCASE",
    "dotted": "TEXT COLLATE NOCASE",
    "prose": "TEXT COLLATE NOCASE",
    "id": "TEXT",
    "int": "INTEGER",
    "bool": "INTEGER",
    "time": "INTEGER",
    "real": "REAL",
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Where one collection lies. `records` holds the JSON, `labels` the label fields if apart."""

    collection: Collection
    name: str
    records: str
    labels: str = ""
    indices: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The column with the unique key: the event's id, or a key of our own."""
        return "event_id" if "event.id" in self.collection.by_name else "key"

    @cached_property
    def own_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.collection.fields if not (self.labels and f.label))

    @cached_property
    def label_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.collection.fields if self.labels and f.label)


FLOW_TABLE = Table(
    collection=FLOWS,
    name="flows",
    records="flow_records",
    labels="flow_shapes",
    indices=("timestamp", "shape, timestamp"),
)
SUM_TABLE = Table(
    collection=SUMS,
    name="sums",
    records="sums",
    indices=("timestamp", "egresswatch_subprocessor, timestamp"),
)
FINDING_TABLE = Table(
    collection=FINDINGS,
    name="findings",
    records="findings",
    indices=("timestamp", "egresswatch_subprocessor, timestamp"),
)
ALERT_TABLE = Table(
    collection=ALERTS,
    name="alerts",
    records="alerts",
    indices=("timestamp", "egresswatch_subprocessor, rule_id, egresswatch_generation"),
)
DEAD_LETTER_TABLE = Table(
    collection=DEAD_LETTERS, name="dead_letters", records="dead_letters", indices=("timestamp",)
)

TABLES: dict[What, Table] = {
    table.collection.what: table
    for table in (FLOW_TABLE, SUM_TABLE, FINDING_TABLE, ALERT_TABLE, DEAD_LETTER_TABLE)
}


def schema() -> Iterator[str]:
    """The statements that make every table; they change nothing where the tables are there."""
    yield (
        "CREATE TABLE IF NOT EXISTS index_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) "
        "STRICT, WITHOUT ROWID"
    )
    for bare in ("commands", "flow_records"):
        yield (
            f"CREATE TABLE IF NOT EXISTS {bare} (seq INTEGER PRIMARY KEY, record BLOB NOT NULL) "
            "STRICT"
        )
    labels = ", ".join(_column(f) for f in FLOW_TABLE.label_fields)
    yield f"CREATE TABLE IF NOT EXISTS flow_shapes (id INTEGER PRIMARY KEY, {labels}) STRICT"
    for table in TABLES.values():
        yield _create(table)
        for n, columns in enumerate(table.indices):
            yield f"CREATE INDEX IF NOT EXISTS {table.name}_{n} ON {table.name} ({columns})"


def _create(table: Table) -> str:
    columns = ["seq INTEGER PRIMARY KEY"]
    if table.key == "key":
        columns.append("key TEXT NOT NULL UNIQUE")
    columns += [_column(f, unique=f.column == table.key) for f in table.own_fields]
    columns.append("shape INTEGER NOT NULL" if table.labels else "record BLOB NOT NULL")
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(columns)}) STRICT"


def _column(field: Field, *, unique: bool = False) -> str:
    kind = "TEXT" if field.many else _TYPES[field.kind]
    return f"{field.column} {kind}{' NOT NULL UNIQUE' if unique else ''}"


def _clamped(value: int | None) -> int | None:
    """Whole numbers that SQLite cannot hold, as the nearest that a query can ask for."""
    return value if value is None else max(-LARGEST, min(LARGEST, value))


def _json_array(values: tuple[str, ...]) -> str | None:
    return _json.encode(tuple(dict.fromkeys(values))).decode() if values else None


def _text_or_null(value: str | None) -> str | None:
    return value or None


def _same(value: Any) -> Any:
    return value


def _converter(field: Field) -> Callable[[Any], Value]:
    if field.many:
        return _json_array
    match field.kind:
        case "time":
            return micros
        case "bool":
            return int
        case "int":
            return _clamped
        case "real":
            return _same
        case _:
            return _text_or_null


def rows_reader(fields: tuple[Field, ...]) -> Callable[[Sequence[Any]], Iterator[Row]]:
    """A function from records to their rows; it goes field by field, which is the fast way."""
    readers = [(f.read, _converter(f)) for f in fields]

    def rows(records: Sequence[Any]) -> Iterator[Row]:
        return zip(*(map(convert, map(read, records)) for read, convert in readers), strict=True)

    return rows


_LABEL_READERS = [f.read for f in FLOW_TABLE.label_fields]
_LABEL_CONVERTERS = [_converter(f) for f in FLOW_TABLE.label_fields]


def shapes_of(flows: Sequence[Flow]) -> list[Row]:
    """Each flow's row of `flow_shapes`: a hash of its labels, and the labels."""
    return list(map(_shape, zip(*(map(read, flows) for read in _LABEL_READERS), strict=True)))


@lru_cache(maxsize=16_384)
def _shape(labels: tuple[Any, ...]) -> Row:
    row = tuple(convert(label) for convert, label in zip(_LABEL_CONVERTERS, labels, strict=True))
    digest = blake2b(_json.encode(row), digest_size=8).digest()
    return (int.from_bytes(digest, signed=True), *row)
