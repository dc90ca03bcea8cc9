"""Paths of documents, built once: the same templates come again and again.

A node is one place in documents of one kind; it knows its children, so that walking the next
document of this kind builds no strings. A pure cache: a walk gives the same with none of it.
"""

from enum import IntEnum
from importlib.resources import files

from detectors.decode import paths
from detectors.yamlfile import StrictModel, load

_MOST_NODES = 50_000
_LONGEST_NUMBER = 3
_MOST_POSITIONS = 64
"""Longer arrays have no nodes of their own past this."""


class _Wrappers(StrictModel):
    """The keys of wrappers: wrappers.yaml says what each list is."""

    values: frozenset[str]
    typed: frozenset[str]
    typed_alone: frozenset[str]
    rows: frozenset[str]
    names: tuple[str, ...]
    columns: tuple[str, ...]


_WRAPPERS = load(
    _Wrappers,
    files("detectors.decode").joinpath("wrappers.yaml").read_text("utf-8"),
    "wrappers.yaml",
)
VALUE_KEYS = _WRAPPERS.values
TYPED_KEYS = _WRAPPERS.typed
ONE_LETTER_TYPES = _WRAPPERS.typed_alone
ROWS_KEYS = _WRAPPERS.rows
NAME_KEYS = _WRAPPERS.names
COLUMN_KEYS = _WRAPPERS.columns
_SPECIAL = VALUE_KEYS | ONE_LETTER_TYPES | ROWS_KEYS


class Role(IntEnum):
    """What is special about a member, beyond its name. `PLAIN` is falsy: the fast way."""

    PLAIN = 0
    ODD = 1
    """The key is no field name but data: a leaf itself."""
    TYPED = 2
    """Only says which type the value has: not among the keys."""
    WRAPPED = 3
    """May be the value of a pair, or a table, whose real keys a sibling gives."""


_NUMBERED = ".2"


class Node:
    """One place in documents: its path, its keys, and the places below it."""

    __slots__ = ("_items", "children", "keys", "path", "role")

    def __init__(self, path: str, keys: tuple[str, ...], role: Role = Role.PLAIN) -> None:
        self.path = path
        self.keys = keys
        self.role = role
        self.children: dict[str, Node] = {}
        self._items: list[Node] = []

    def member(self, key: str) -> "Node":
        """The place of a member; made only once for keys that are names of fields."""
        child = self.children.get(key)
        if child is not None:
            return child
        if len(key) <= _LONGEST_NUMBER and key.isdecimal() and key.isascii():
            return self._numbered(key)
        written, short, is_field = paths.member(key)
        keys = (*self.keys, *paths.parts(short))
        if not is_field:
            return Node(self.path + written, keys, Role.ODD)
        role = _role(short)
        child = Node(self.path + written, self.keys if role is Role.TYPED else keys, role)
        self.children[key] = child
        _keep_few()
        return child

    def _numbered(self, key: str) -> "Node":
        """A field known by its number: nothing to judge by."""
        role = Role.WRAPPED if key in VALUE_KEYS else Role.PLAIN
        child = self.children[key] = Node(f"{self.path}.{key}", self.keys, role)
        _keep_few()
        return child

    def item(self, position: int) -> "Node":
        """The place of an item of an array."""
        items = self._items
        if position < len(items):
            return items[position]
        node = Node(f"{self.path}[{position}]", self.keys)
        if position == len(items) < _MOST_POSITIONS:
            items.append(node)
            _keep_few()
        return node

    def named(self, key: str) -> "Node":
        """The same place with another key: the one that its sibling gives, or none."""
        memo = f"\0{key}"  # no sender's key is looked up so
        child = self.children.get(memo)
        if child is None:
            step = paths.name(key)
            named = paths.parts(step.key) if key else ()
            outer = self.keys if self.path.endswith(_NUMBERED) else self.keys[:-1]
            child = Node(self.path, (*outer, *named))
            if step.is_field:
                self.children[memo] = child
                _keep_few()
        return child


def _role(key: str) -> Role:
    if key in TYPED_KEYS:
        return Role.TYPED
    return Role.WRAPPED if key in _SPECIAL else Role.PLAIN


_roots: dict[tuple[str, tuple[str, ...]], Node] = {}
_count = 0
_LONGEST_ROOT = 200


def root(path: str, keys: tuple[str, ...]) -> Node:
    """The node at which documents at `path` begin."""
    node = _roots.get((path, keys))
    if node is None:
        node = Node(path, keys)
        if len(path) <= _LONGEST_ROOT:
            _roots[path, keys] = node
            _keep_few()
    return node


def _keep_few() -> None:
    """Counts a node; past the bound all are let go, and the cache begins anew."""
    global _count  # noqa: PLW0603  the one cache of the process
    _count += 1
    if _count > _MOST_NODES:
        _roots.clear()
        _count = 0
