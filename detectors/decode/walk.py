"""A parsed document into leaves, with the real keys behind wrappers.

This is the hot loop of decoding: nothing is called for a plain short string but what makes it
a leaf. Recursive, and bounded by the budget's depth and steps.
"""

from typing import cast

from detectors.decode.base import Leaf, Reason
from detectors.decode.nodes import (
    COLUMN_KEYS,
    NAME_KEYS,
    ONE_LETTER_TYPES,
    VALUE_KEYS,
    Node,
    Role,
    root,
)
from detectors.decode.paths import is_field_name
from detectors.decode.strings import MAY_HOLD, PLAIN_LENGTH, add_string
from detectors.decode.work import Place, Work

Members = dict[str, object]
_LONGEST_NAME = 64


def walk(value: object, place: Place, work: Work) -> None:
    """Adds the leaves of a parsed document: what is nested too deep is one leaf of text, and
    counted."""
    _value(value, root(place.path, place.keys), place.depth, work)


def _value(value: object, node: Node, depth: int, work: Work) -> None:
    kind = type(value)
    if kind is str:
        text = cast("str", value)
        if text:
            add_string(text, Place(node.path, node.keys, depth), work)
    elif kind is dict or kind is list:
        _container(cast("Members | list[object]", value), node, depth, work)
    elif isinstance(value, bytes | bytearray):
        _bytes(bytes(value), node, depth, work)
    elif value is not None and kind is not bool:
        work.leaf(node.path, node.keys, str(value))


def _bytes(data: bytes, node: Node, depth: int, work: Work) -> None:
    if data and work.grant(len(data)):
        work.open(data, Place(node.path, node.keys, depth).inner("bytes"))


def _container(value: "Members | list[object]", node: Node, depth: int, work: Work) -> None:
    if not value:
        return
    if depth >= work.budget.depth:
        _flatten(value, Place(node.path, node.keys, depth), work)
        return
    work.steps -= len(value)
    if work.steps < 0:
        work.skip(Reason.BUDGET_STEPS, len(value))
    elif len(work.leaves) >= work.budget.leaves:
        work.skip(Reason.BUDGET_LEAVES, len(value))
    elif type(value) is dict:
        _members(value, node, depth + 1, work)
    else:
        _items(cast("list[object]", value), node, depth + 1, work)


def _members(members: Members, node: Node, depth: int, work: Work) -> None:
    add, known = work.leaves.append, node.children.get
    for key, item in members.items():
        kind = type(item)
        if item is None or kind is bool:
            continue
        child = known(key) or node.member(key)
        if child.role:
            child = _special(node, child, key, members, depth, work)
            if child is None:
                continue
        if kind is str:
            text = cast("str", item)
            if len(text) < PLAIN_LENGTH and "%" not in text and text[:1] not in MAY_HOLD:
                add(Leaf(child.path, child.keys, text))
            elif text:
                add_string(text, Place(child.path, child.keys, depth), work)
        elif kind is int or kind is float:
            add(Leaf(child.path, child.keys, str(item)))
        else:
            _value(item, child, depth, work)


def _items(items: list[object], node: Node, depth: int, work: Work) -> None:
    if type(items[0]) is list and (headers := _header_row(items)):
        _table(items, headers, node, depth, work, headed=True)
        return
    for position, item in enumerate(items):
        if item is not None and type(item) is not bool:
            _value(item, node.item(position), depth, work)


def _special(
    node: Node, child: Node, key: str, members: Members, depth: int, work: Work
) -> Node | None:
    """The place of a member that is not what it is called; None where it is done already."""
    if child.role is Role.ODD:
        work.leaf(f"{child.path}>key", node.keys, key)
        return child
    if child.role is Role.TYPED:
        return child
    rows = members[key]
    if type(rows) is list and rows and type(cast("list[object]", rows)[0]) is list:
        headers = _columns(members)
        if headers:
            _table(cast("list[object]", rows), headers, child, depth, work)
            return None
    if key in ONE_LETTER_TYPES:
        return child.named("") if len(members) == 1 else child
    name = _name(members, key) if key in VALUE_KEYS else None
    return child.named(name) if name is not None else child


def _name(members: Members, value_key: str) -> str | None:
    """What a sibling says that the value is called."""
    for key in NAME_KEYS:
        name = members.get(key)
        if type(name) is str and key != value_key and 0 < len(name) <= _LONGEST_NAME:
            return name
    return None


def _columns(members: Members) -> list[str]:
    for key in COLUMN_KEYS:
        columns = members.get(key)
        if type(columns) is list and columns:
            return [_column(column) for column in cast("list[object]", columns)]
    return []


def _column(column: object) -> str:
    if isinstance(column, dict):
        return _name(cast("Members", column), "") or ""
    return column if isinstance(column, str) else ""


def _header_row(rows: list[object]) -> list[str]:
    """The first of several equally long rows, where it names the others' cells."""
    first = cast("list[object]", rows[0])
    if len(rows) < 2 or len(first) < 2 or type(rows[1]) is not list:
        return []
    headers = [cell for cell in first if type(cell) is str and is_field_name(_joined(cell))]
    if len(headers) < len(first) or len(set(headers)) < len(headers):
        return []
    second = cast("list[object]", rows[1])
    same = len(second) == len(first) and any(
        type(cell) is not str or not is_field_name(_joined(cell)) for cell in second
    )
    return headers if same else []


def _joined(cell: str) -> str:
    return cell.replace(" ", "_")


def _table(
    rows: list[object],
    headers: list[str],
    node: Node,
    depth: int,
    work: Work,
    *,
    headed: bool = False,
) -> None:
    """Rows of cells whose keys are the headers of their columns; with `headed`, the first row is
    the headers themselves, which nothing names."""
    columns = [Node("", (*node.keys, header)) for header in headers]
    for position, row in enumerate(rows):
        place = node.item(position)
        if type(row) is not list:
            _value(row, place, depth, work)
            continue
        cells = cast("list[object]", row)
        work.steps -= len(cells)
        if work.steps < 0:
            work.skip(Reason.BUDGET_STEPS, len(cells))
            return
        for column, cell in enumerate(cells):
            named = column < len(columns) and not (headed and position == 0)
            keys = columns[column].keys if named else place.keys
            _value(cell, Node(f"{place.path}[{column}]", keys), depth + 1, work)


def _flatten(value: object, place: Place, work: Work) -> None:
    """All that is in a document, as one leaf: its structure is not followed any more."""
    scalars: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            members = cast("Members", item)
            scalars += members
            pending += members.values()
        elif isinstance(item, list):
            pending += cast("list[object]", item)
        else:
            scalars.append(str(item))
    text = "\n".join(scalars)
    work.skip(Reason.BUDGET_DEPTH, max(1, len(text)))
    work.leaf(f"{place.path}>text", place.keys, text)
