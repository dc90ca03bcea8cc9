"""Records from their rows: what to select of a table (known as `t`), and what it makes."""

from collections.abc import Sequence
from typing import Any

from alerts.index.sqlite.tables import Table
from detectors.records import encode


def source(table: Table) -> str:
    """The table, with its shapes (known as `s`) where it has them."""
    shapes = f" JOIN {table.labels} AS s ON s.id = t.shape" if table.parts else ""
    return f"{table.name} AS t{shapes}"


def columns(table: Table) -> str:
    """The columns that make the record."""
    if table.parts is None:
        return "t.record"
    return ", ".join(["s.record", *(f"t.{column}" for column in table.parts.own)])


def json_of(table: Table, values: Sequence[Any]) -> bytes:
    """The record's JSON from the values of these columns."""
    shape, *own = values
    if table.parts is None:
        return shape
    return encode(table.parts.whole(table.collection.record, shape, own))
