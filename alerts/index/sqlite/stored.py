"""Records from their rows: what to select of a table (known as `t`), and what it makes."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from alerts.index.sqlite.tables import Table
from detectors.records import Record, decode, encode

RecordT = TypeVar("RecordT", bound=Record)


def source(table: Table) -> str:
    """The table, with its shapes (known as `s`) where it has them."""
    shapes = f" JOIN {table.labels} AS s ON s.id = t.shape" if table.parts else ""
    return f"{table.name} AS t{shapes}"


def columns(table: Table) -> str:
    """The columns that make the record."""
    if table.parts is None:
        return "t.record"
    return ", ".join(["s.record", *(f"t.{column}" for column in table.parts.own)])


def record_of(table: Table, kind: type[RecordT], values: Sequence[Any]) -> RecordT:
    """The record from the values of these columns."""
    first, *own = values
    if table.parts is None:
        return decode(kind, first)
    return cast("RecordT", table.parts.whole(kind, first, own))


def json_of(table: Table, values: Sequence[Any]) -> bytes:
    """Its JSON."""
    if table.parts is None:
        return values[0]
    return encode(record_of(table, table.collection.record, values))
