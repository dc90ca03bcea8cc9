"""Which values a matcher means: exact ones, and all that begin with something."""

from collections.abc import Iterable
from typing import NamedTuple

FRESH = "\uffff"
"""Ends a value that no configuration names: it stands for all the others that begin so."""


class Atom(NamedTuple):
    """One value; or, `open`, every value that begins with the text."""

    text: str
    open: bool = False

    def matches(self, value: str) -> bool:
        return value.startswith(self.text) if self.open else value == self.text

    def covers(self, other: "Atom") -> bool:
        """Whether all that the other matches is matched by this one."""
        return (self.open and other.text.startswith(self.text)) or self == other

    @property
    def example(self) -> str:
        """A value that it matches, and as few other atoms as possible do."""
        return self.text + FRESH if self.open else self.text


Atoms = frozenset[Atom]


def plain_atoms(values: Iterable[str]) -> Atoms:
    """Values as they are written; one that ends in * means all that begin so."""
    return frozenset(
        Atom(value.removesuffix("*"), open=True) if value.endswith("*") else Atom(value)
        for value in values
    )


def tree_atoms(values: Iterable[str]) -> Atoms:
    """The same for names with dots: user.contact means user.contact.email too."""
    plain = plain_atoms(values)
    below = {Atom(f"{atom.text}.", open=True) for atom in plain if not atom.open}
    return plain | below


def matched(atoms: Atoms, values: Iterable[str]) -> bool:
    """Whether one of the values is meant."""
    return any(atom.matches(value) for value in values for atom in atoms)
