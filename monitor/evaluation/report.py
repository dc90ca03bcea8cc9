"""A tally as tables for people, and as one JSON document."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from monitor.evaluation.finding import shown_value
from monitor.evaluation.tally import Cell, Counts, Fault, Tally, halves

By = Literal["category", "vendor", "where"]
WORST = 10

_KEYS: Mapping[By, Callable[[Cell], str]] = {
    "category": lambda cell: cell.category,
    "vendor": lambda cell: cell.vendor,
    "where": lambda cell: cell.place,
}
_WEIGHT = {"basic": 1, "sensitive": 2, "special": 4}
"""How much worse a fault is for what the law says of its category."""


class Row(NamedTuple):
    """One line of a table of counts: of all, of fields (structured) and of free text apart."""

    name: str
    all: Counts
    fields: Counts
    prose: Counts


class Table(NamedTuple):
    """What `print_table` takes, with a title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


COLUMNS = (
    "planted",
    "recall",
    "fields",
    "free text",
    "anywhere",
    "findings",
    "precision",
)


def rows(tally: Tally, by: By) -> Iterator[Row]:
    """A row for each category, vendor or place, and one for all."""
    key = _KEYS[by]
    names = sorted({key(cell) for cell in tally.cells} - {""})
    for name in names:
        yield _row(tally, name, lambda cell, name=name: key(cell) == name)
    yield _row(tally, "all", lambda _: True)


def half_rows(tally: Tally) -> Iterator[Row]:
    """The two halves of the vendors, so that what was learnt from one shows on the other."""
    vendors = {cell.vendor for cell in tally.cells} - {""}
    if len(vendors) < 2:
        return
    for name, half in zip(("first half", "second half"), halves(vendors), strict=True):
        yield _row(tally, name, lambda cell, half=half: cell.vendor in half)


def tables(tally: Tally, by: By, *, reveal: bool) -> Iterator[Table]:
    """Everything, in the order in which one reads it."""
    yield Table(f"By {by}", (by, *COLUMNS), [_cells(row) for row in rows(tally, by)])
    if found := [_cells(row) for row in half_rows(tally)]:
        yield Table("By vendors", ("vendors", *COLUMNS), found)
    total = tally.total()
    yield Table(
        "Clean records",
        ("records", "clean", "flagged", "share"),
        [(tally.records, total.clean, total.flagged, _percent(total.flagged_share))],
    )
    if tally.ambient:
        yield Table(
            "Looks like personal data, is not planted",
            ("kind", "values", "found", "as"),
            [
                (kind, one.values, one.found, _named(one.entities))
                for kind, one in sorted(tally.ambient.items())
            ],
        )
    columns = ("times", "category", "where", "why", "example")
    yield Table("Worst misses", columns, _faults(tally, tally.misses, reveal=reveal))
    yield Table("Worst false findings", columns, _faults(tally, tally.false, reveal=reveal))


def document(tally: Tally, by: By, *, reveal: bool) -> dict[str, Any]:
    """The same as one JSON document."""
    total = tally.total()
    return {
        "records": tally.records,
        "unreadable": tally.bad,
        "clean": {
            "records": total.clean,
            "flagged": total.flagged,
            "share": _rounded(total.flagged_share),
        },
        by: {row.name: _measures(row) for row in rows(tally, by)},
        "halves": {row.name: _measures(row) for row in half_rows(tally)},
        "ambient": {
            kind: {"values": one.values, "found": one.found, "as": dict(one.entities)}
            for kind, one in sorted(tally.ambient.items())
        },
        "misses": _fault_members(tally, tally.misses, reveal=reveal),
        "false": _fault_members(tally, tally.false, reveal=reveal),
    }


def worst(tally: Tally, faults: Counter[Fault]) -> list[tuple[Fault, int]]:
    """The worst faults: how often they came, weighed by what the law says of their category."""

    def weight(item: tuple[Fault, int]) -> tuple[int, Fault]:
        category = tally.taxonomy.category(item[0].category)
        return -item[1] * _WEIGHT[tally.taxonomy.sensitivity(category)], item[0]

    return sorted(faults.items(), key=weight)[:WORST]


def _row(tally: Tally, name: str, chosen: Callable[[Cell], bool]) -> Row:
    return Row(
        name,
        tally.total(chosen),
        tally.total(lambda cell: chosen(cell) and not cell.prose),
        tally.total(lambda cell: chosen(cell) and cell.prose),
    )


def _cells(row: Row) -> tuple[object, ...]:
    return (
        row.name,
        row.all.planted,
        _figure(row.all.recall),
        _figure(row.fields.recall),
        _figure(row.prose.recall),
        _figure(row.all.recall_anywhere),
        row.all.right + row.all.false,
        _figure(row.all.precision),
    )


def _measures(row: Row) -> dict[str, Any]:
    return {
        name: {
            "planted": counts.planted,
            "recall": _rounded(counts.recall),
            "recall_anywhere": _rounded(counts.recall_anywhere),
            "right": counts.right,
            "false": counts.false,
            "ambient": counts.ambient,
            "precision": _rounded(counts.precision),
        }
        for name, counts in (("all", row.all), ("fields", row.fields), ("free_text", row.prose))
    }


def _faults(tally: Tally, faults: Counter[Fault], *, reveal: bool) -> list[tuple[object, ...]]:
    return [
        (times, *fault, shown_value(tally.examples[fault], reveal=reveal))
        for fault, times in worst(tally, faults)
    ]


def _fault_members(tally: Tally, faults: Counter[Fault], *, reveal: bool) -> list[dict[str, Any]]:
    return [
        {
            "times": times,
            **fault._asdict(),
            "example": shown_value(tally.examples[fault], reveal=reveal),
        }
        for fault, times in worst(tally, faults)
    ]


def _named(entities: Counter[str]) -> str:
    return ", ".join(f"{entity} {count}" for entity, count in entities.most_common())


def _figure(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
