"""What a field is, and a collection of records with the fields that can be asked of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from alerts.index.base import What
from detectors.records import Record

Kind = Literal["name", "dotted", "id", "prose", "int", "real", "bool", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One searchable field. `label`: a flow's field that repeats from flow to flow, so that stores
    may keep each combination once. `bare`: searched by a word that names no field. `optional`: a
    number that may be missing; all others are 0 (or false) where the JSON leaves them out."""

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    read: Callable[[Any], Any]
    many: bool = False
    label: bool = False
    bare: bool = False
    optional: bool = False

    @property
    def column(self) -> str:
        """The field's name as an identifier: letters, digits, underscores."""
        return self.name.replace("@", "").replace(".", "_")

    @property
    def short(self) -> str:
        """What people call it."""
        return (self.aliases or (self.name,))[0]

    @property
    def adds_up(self) -> bool:
        """Whether its sum over records means something: amounts do, ports and status codes not."""
        return self.kind == "int" and not self.many and not self.label and not self.optional


@dataclass(frozen=True, kw_only=True)
class Collection:
    """The records of one kind: their fields, and the key under which one replaces another."""

    what: What
    record: type[Record]
    fields: tuple[Field, ...]
    key: Callable[[Any], str] = field(default=attrgetter("id"))

    @cached_property
    def time(self) -> Field:
        return self.by_name["@timestamp"]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Every name and alias."""
        own = {known.name: known for known in self.fields}
        return {alias: known for known in self.fields for alias in known.aliases} | own


def line(kind: Kind, names: str, read: str | Callable[[Any], Any], flags: str = "") -> Field:
    """A line of the tables: the field's name and aliases, where its value is, and what it is."""
    name, *aliases = names.split()
    return Field(
        name=name,
        aliases=tuple(aliases),
        kind=kind,
        read=attrgetter(read) if isinstance(read, str) else read,
        **dict.fromkeys(flags.split(), True),
    )
