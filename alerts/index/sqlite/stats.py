"""Counts from the embedded index: frequent values, counts over time, first and last seen.

Flows and sums are counted by shape (see `tables`), and only the few shapes are taken apart.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from alerts.index import asked as asking
from alerts.index.asked import Asked, bounded, measured, millisecond, windows
from alerts.index.base import Seen, Span, Timeline
from alerts.index.fields import Field
from alerts.index.nodes import Node, fields_of
from alerts.index.query import find_field
from alerts.index.sqlite.query import Sql, both, condition_of
from alerts.index.sqlite.tables import TABLES, Table


@dataclass(frozen=True, slots=True)
class Stats:
    """Questions that are answered by numbers, on one connection."""

    connection: sqlite3.Connection

    def top(self, asked: Asked, field_name: str, measure: str, limit: int) -> list[tuple[str, int]]:
        """See `Index.top`."""
        field = find_field(asked.collection, field_name)
        added = measured(asked.collection, measure)
        grouped = _grouped(asked, field, {"n": _amount(added)})
        text = f"{grouped.text} ORDER BY n DESC, value LIMIT ?"
        found = self.connection.execute(text, (*grouped.values, bounded(limit)))
        return [(asking.shown(field, value), count) for value, count in found]

    def seen(self, asked: Asked, field_name: str, limit: int) -> list[Seen]:
        """See `Index.seen`."""
        field = find_field(asked.collection, field_name)
        grouped = _grouped(
            asked,
            field,
            {"n": "COUNT(*)", "first": "MIN(t.timestamp)", "last": "MAX(t.timestamp)"},
        )
        text = f"{grouped.text} ORDER BY n DESC, value LIMIT ?"
        found = self.connection.execute(text, (*grouped.values, bounded(limit)))
        return [
            Seen(asking.shown(field, value), count, millisecond(first), millisecond(last))
            for value, count, first, last in found
        ]

    def span(self, asked: Asked) -> Span:
        """See `Index.span`."""
        total, first, last = self._bounds(asked)
        if first is None or last is None:
            return Span(0)
        return Span(total, millisecond(first), millisecond(last))

    def timeline(
        self, asked: Asked, every: timedelta, by: str, measure: str, limit: int
    ) -> Timeline:
        """See `Index.timeline`."""
        field = find_field(asked.collection, by) if by else None
        added = measured(asked.collection, measure)
        asking.width_of(every)
        _, first, last = self._bounds(asked)
        names = [name for name, _ in self.top(asked, by, measure, limit)] if by else [""]
        if first is None or last is None:
            return Timeline(every=every, starts=[], series={})
        frame = windows(every, first, last)
        window = Sql("(t.timestamp - ?) / ?", (frame.first, frame.every))
        counted = _grouped(asked, field, {"n": _amount(added)}, window)
        series = {name: [0] * frame.number for name in names}
        for place, value, amount in self.connection.execute(counted.text, counted.values):
            name = asking.shown(field, value) if field else ""
            if name in series:
                series[name][place] += amount
        return Timeline(every=every, starts=frame.starts(), series=series)

    def _bounds(self, asked: Asked) -> tuple[int, int | None, int | None]:
        """How many records match, and the first and last moment of them."""
        table = TABLES[asked.collection.what]
        condition = condition_of(table, asked)
        text = (
            "SELECT COUNT(*), MIN(t.timestamp), MAX(t.timestamp) "  # noqa: S608 - our names
            f"FROM {table.name} AS t WHERE {condition.text}"
        )
        return self.connection.execute(text, condition.values).fetchone()


def _amount(measure: Field | None) -> str:
    return _sum(f"t.{measure.column}") if measure else "COUNT(*)"


def _sum(amount: str) -> str:
    """Exact up to 2**53, and no error beyond, as whole numbers of SQLite would give: whoever sends
    absurd sizes must not make questions fail."""
    return f"CAST(TOTAL({amount}) AS INTEGER)"


_OF_GROUPS: dict[str, Callable[[str], str]] = {
    "n": _sum,
    "first": "MIN({})".format,
    "last": "MAX({})".format,
}
"""How numbers of groups become the number of them all."""


def _grouped(
    asked: Asked, field: Field | None, numbers: dict[str, str], window: Sql | None = None
) -> Sql:
    """Some numbers for each value of a field (`value`; NULL where there is no field), and for each
    window (the first column) where windows are asked for."""
    table = TABLES[asked.collection.what]
    if field is not None and table.labels and field.label:
        return _grouped_by_shape(table, asked, field, numbers, window)
    condition = condition_of(table, asked)
    source, column = f"{table.name} AS t", "NULL"
    if field is not None:
        column = f"t.{field.column}"
        if field.many:
            source, column = f"{source}, json_each({column}) AS v", "v.value"
        condition = both(condition, Sql(f"{column} IS NOT NULL"))
    return _select(source, column, numbers, condition, window)


def _grouped_by_shape(
    table: Table, asked: Asked, field: Field, numbers: dict[str, str], window: Sql | None
) -> Sql:
    # The plus keeps SQLite from reading the flows in the order of shapes, which is slow where each
    # must be looked at: where more is asked than an index has.
    flows = _select(
        f"{table.name} AS t",
        "t.shape" if _covered(table, asked.node, numbers) else "+t.shape",
        numbers,
        condition_of(table, asked),
        window,
    )
    source, column = f"({flows.text}) AS g JOIN {table.labels} AS s ON s.id = g.value", ""
    column = f"s.{field.column}"
    if field.many:
        source, column = f"{source}, json_each({column}) AS v", "v.value"
    added = {name: _OF_GROUPS[name](f"g.{name}") for name in numbers}
    again = Sql("g.window") if window else None
    outer = _select(source, column, added, Sql(f"{column} IS NOT NULL"), again)
    return Sql(outer.text, (*flows.values, *outer.values))


def _covered(table: Table, node: Node, numbers: dict[str, str]) -> bool:
    """Whether one index answers."""
    amounts = ("(*)", *(f"(t.{column})" for column in table.covered))
    numbers_covered = all(any(one in amount for one in amounts) for amount in numbers.values())
    return numbers_covered and all(
        field.label or field.column in table.covered for field in fields_of(node)
    )


def _select(
    source: str, column: str, numbers: dict[str, str], condition: Sql, window: Sql | None
) -> Sql:
    """`window`'s values come first, so `source` may hold marks only where `window` holds none."""
    amounts = ", ".join(f"{amount} AS {name}" for name, amount in numbers.items())
    collate = "" if column.endswith("shape") else " COLLATE BINARY"
    first = f"{window.text} AS window, " if window else ""
    groups = "1, 2" if window else "1"
    text = (
        f"SELECT {first}{column}{collate} AS value, {amounts} FROM {source} "  # noqa: S608 - our names
        f"WHERE {condition.text} GROUP BY {groups}"
    )
    return Sql(text, (*(window.values if window else ()), *condition.values))
