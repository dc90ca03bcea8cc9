"""A query after parsing: a tree of tests on fields, with typed values and no syntax left.

Stores compile this tree; they never see the text. Every test is two-valued: a record without the
field fails it, and passes its negation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from alerts.index.fields import Field

Number = int | float


class Wild(Enum):
    """A wildcard of a pattern: any characters, or exactly one."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is this one; what "is" means depends on the field's kind (see `fields`)."""

    value: str | Number


@dataclass(frozen=True, slots=True)
class Like:
    """The whole value has this shape: literal text and wildcards, in order."""

    parts: tuple[str | Wild, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number (microseconds since 1970 for times) is within these bounds; None is no bound."""

    low: Number | None
    high: Number | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value."""


Test = Equals | Like | Between | Exists


@dataclass(frozen=True, slots=True)
class Match:
    """The field, or any one of its values, passes the test."""

    field: Field
    test: Test


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts, everything matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; without parts, nothing matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = Match | And | Or | Not

EVERYTHING = And(())


def fields_of(node: Node) -> Iterator[Field]:
    """The fields that a query asks of, once for each test."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part):
            yield from fields_of(part)
        case Match(field, _):
            yield field
