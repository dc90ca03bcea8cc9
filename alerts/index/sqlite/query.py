"""Query trees as SQL conditions. Values are always parameters; names come from our own tables.

Conditions are two-valued (never NULL), so that NOT means what it says.
"""

from dataclasses import dataclass

from alerts.index.asked import Asked
from alerts.index.fields import Field
from alerts.index.nodes import (
    And,
    Between,
    Equals,
    Exists,
    Like,
    Match,
    Node,
    Not,
    Or,
    Test,
    Wild,
    fields_of,
)
from alerts.index.sqlite.tables import Table

_LIKE_SPECIAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
_LIKE_WILD = {Wild.ANY: "%", Wild.ONE: "_"}
_GLOB_SPECIAL = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


Value = str | int | float | bytes


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its parameters, in the order of their question marks."""

    text: str
    values: tuple[Value, ...] = ()


def condition_of(table: Table, asked: Asked) -> Sql:
    """The condition on rows of `table` (known as `t`) that answers a question."""
    since = [] if asked.since is None else [Sql("t.timestamp >= ?", (asked.since,))]
    until = [] if asked.until is None else [Sql("t.timestamp < ?", (asked.until,))]
    return both(*since, *until, where(table, asked.node))


def where(table: Table, node: Node) -> Sql:
    """The condition on rows of `table` (known as `t`) under which they match."""
    if table.labels and only_labels(node):
        shapes = _condition(table, node, "s")
        text = f"t.shape IN (SELECT s.id FROM {table.labels} AS s WHERE {shapes.text})"  # noqa: S608 - our names
        return Sql(text, shapes.values)
    return _condition(table, node, "t")


def both(*conditions: Sql) -> Sql:
    """All of these conditions."""
    return _join(" AND ", list(conditions), empty="TRUE")


def only_labels(node: Node) -> bool:
    """Whether the query asks of labels (`Field.label`) and nothing else."""
    fields = list(fields_of(node))
    return bool(fields) and all(field.label for field in fields)


def _condition(table: Table, node: Node, alias: str) -> Sql:
    """`alias` is `s` inside a sub-select of label rows, where every field is found."""

    def inner(part: Node) -> Sql:
        return where(table, part) if alias == "t" else _condition(table, part, alias)

    match node:
        case And(parts):
            return _join(" AND ", [inner(part) for part in _gathered(table, node, parts, alias)])
        case Or(parts):
            gathered = _gathered(table, node, parts, alias)
            return _join(" OR ", [inner(part) for part in gathered], empty="FALSE")
        case Not(part):
            negated = inner(part)
            return Sql(f"NOT ({negated.text})", negated.values)
        case Match(field, test):
            return _match(field, test, alias)


def _gathered(
    table: Table, node: And | Or, parts: tuple[Node, ...], alias: str
) -> tuple[Node, ...]:
    """The parts with those on labels put together, so that they share one sub-select."""
    labels = tuple(part for part in parts if only_labels(part))
    if not table.labels or alias == "s" or len(labels) < 2:
        return parts
    return (type(node)(labels), *(part for part in parts if part not in labels))


def _match(field: Field, test: Test, alias: str) -> Sql:
    column = f"{alias}.{field.column}"
    if isinstance(test, Exists):
        return Sql(f"{column} IS NOT NULL")
    if not field.many:
        found = _test(field, test, column)
        return Sql(f"({column} IS NOT NULL AND {found.text})", found.values)
    found = _test(field, test, "v.value")
    text = f"EXISTS (SELECT 1 FROM json_each({column}) AS v WHERE {found.text})"  # noqa: S608 - our names
    return Sql(text, found.values)


def _test(field: Field, test: Equals | Like | Between, value: str) -> Sql:
    match test:
        case Between():
            return _between(test, value)
        case Like(parts) if field.kind == "id":
            return Sql(f"{value} GLOB ?", (_glob(parts),))
        case Like(parts):
            shape = (Wild.ANY, *parts, Wild.ANY) if field.kind == "prose" else parts
            return _like(value, shape)
        case Equals(str(wanted)):
            return _equals_text(field, wanted, value)
        case Equals(wanted):
            return Sql(f"{value} = ?", (wanted,))


def _equals_text(field: Field, wanted: str, value: str) -> Sql:
    match field.kind:
        case "id":
            return Sql(f"{value} = ?", (wanted,))
        case "prose":
            return _like(value, (Wild.ANY, wanted, Wild.ANY))
        case "dotted":
            child = _like(value, (wanted, ".", Wild.ANY))
            text = f"({value} = ? COLLATE NOCASE OR {child.text})"
            return Sql(text, (wanted, *child.values))
        case _:
            return Sql(f"{value} = ? COLLATE NOCASE", (wanted,))


def _like(value: str, parts: tuple[str | Wild, ...]) -> Sql:
    shape = "".join(
        _LIKE_WILD[part] if isinstance(part, Wild) else part.translate(_LIKE_SPECIAL)
        for part in parts
    )
    return Sql(f"{value} LIKE ? ESCAPE '\\'", (shape,))


def _glob(parts: tuple[str | Wild, ...]) -> str:
    return "".join(
        part.value if isinstance(part, Wild) else part.translate(_GLOB_SPECIAL) for part in parts
    )


def _between(test: Between, value: str) -> Sql:
    bounds: list[Sql] = []
    if test.low is not None:
        bounds.append(Sql(f"{value} {'>=' if test.include_low else '>'} ?", (test.low,)))
    if test.high is not None:
        bounds.append(Sql(f"{value} {'<=' if test.include_high else '<'} ?", (test.high,)))
    return both(*bounds)


def _join(word: str, parts: list[Sql], empty: str = "TRUE") -> Sql:
    if not parts:
        return Sql(empty)
    if len(parts) == 1:
        return parts[0]
    text = word.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))
