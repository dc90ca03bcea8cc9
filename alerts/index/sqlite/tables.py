"""How records lie in SQLite: the tables, made from the fields, and records as their rows.

Every kind of record has a table with one typed column a field. Few records (findings, alerts, dead
letters) have their JSON beside them. Flows and sums are many, and most of what they say repeats, so
they are taken apart (see `parts`): each shape is one row of `flow_shapes` or `sum_shapes`, named by
its hash, with the fields that are labels. A flow then is a narrow row, an insert touches few pages,
and a query on labels judges the few shapes, not the many flows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from alerts.index.base import What
from alerts.index.fields import ALERTS, DEAD_LETTERS, FINDINGS, FLOWS, SUMS, Collection, Field
from alerts.index.sqlite.parts import FLOW_PARTS, SUM_PARTS, Parts

SCHEMA_VERSION = 5

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
    """Where one collection lies. `labels`: the table of its shapes, where records come apart."""

    collection: Collection
    name: str
    key: str = "event_id"
    """The column by which one record is told from another; sums are told apart by whoever adds
    them, by shape and window."""
    labels: str = ""
    parts: Parts | None = None
    indices: tuple[str, ...] = ()
    covered: frozenset[str] = frozenset()
    """The columns beside `shape` that one index has together: questions on them read it alone."""

    @cached_property
    def own_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.collection.fields if not (self.labels and f.label))

    @cached_property
    def label_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.collection.fields if self.labels and f.label)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns but the row's number, in order."""
        own = tuple(field.column for field in self.own_fields)
        if self.parts is None:
            return (*own, "record")
        return (*own, "shape", *(name for name, _ in self.parts.extra))


FLOW_TABLE = Table(
    collection=FLOWS,
    name="flows",
    labels="flow_shapes",
    parts=FLOW_PARTS,
    indices=("timestamp", "shape, timestamp, egresswatch_bytes, egresswatch_values"),
    covered=frozenset({"timestamp", "egresswatch_bytes", "egresswatch_values"}),
)
SUM_TABLE = Table(
    collection=SUMS,
    name="sums",
    key="seq",
    labels="sum_shapes",
    parts=SUM_PARTS,
    indices=(
        "timestamp",
        "shape, timestamp, egresswatch_events, egresswatch_bytes, egresswatch_values",
    ),
    covered=frozenset(
        {"timestamp", "egresswatch_events", "egresswatch_bytes", "egresswatch_values"}
    ),
)
FINDING_TABLE = Table(
    collection=FINDINGS,
    name="findings",
    indices=("timestamp", "egresswatch_subprocessor, timestamp"),
)
ALERT_TABLE = Table(
    collection=ALERTS,
    name="alerts",
    indices=("timestamp", "egresswatch_subprocessor, rule_id, egresswatch_generation"),
)
DEAD_LETTER_TABLE = Table(collection=DEAD_LETTERS, name="dead_letters", indices=("timestamp",))

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
    yield (
        "CREATE TABLE IF NOT EXISTS commands (seq INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT"
    )
    for table in TABLES.values():
        yield _create(table)
        if table.labels:
            yield _create_shapes(table)
        for n, columns in enumerate(table.indices):
            yield f"CREATE INDEX IF NOT EXISTS {table.name}_{n} ON {table.name} ({columns})"


def _create(table: Table) -> str:
    typed = {field.column: _column(field) for field in table.own_fields}
    typed["shape"] = "shape INTEGER NOT NULL"
    columns = ", ".join(typed.get(name, f"{name} BLOB NOT NULL") for name in table.columns)
    return f"CREATE TABLE IF NOT EXISTS {table.name} (seq INTEGER PRIMARY KEY, {columns}) STRICT"


def _create_shapes(table: Table) -> str:
    labels = ", ".join(_column(field) for field in table.label_fields)
    return (
        f"CREATE TABLE IF NOT EXISTS {table.labels} (id INTEGER PRIMARY KEY, "
        f"record BLOB NOT NULL, {labels}) STRICT"
    )


def _column(field: Field) -> str:
    kind = "TEXT" if field.many else _TYPES[field.kind]
    return f"{field.column} {kind}{' NOT NULL UNIQUE' if field.name == 'event.id' else ''}"
