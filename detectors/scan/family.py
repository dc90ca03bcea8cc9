"""Several recognisers behind one gate: most leaves are done with after a single test."""

import re
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Self

from detectors.decode.base import Leaf
from detectors.scan.base import Hit, Recogniser
from detectors.scan.context import Context


class Family:
    """Recognisers as one. `gate` is a regular expression that matches wherever a member can;
    with `context`, members find nothing where none of its words names the leaf's values."""

    def __init__(
        self,
        name: str,
        gate: str,
        members: Sequence[Recogniser],
        context: Context | None = None,
    ) -> None:
        self.name = name
        self.entities = frozenset(entity for member in members for entity in member.entities)
        self.members = tuple(members)
        self._context = context
        self._search = re.compile(gate).search

    def may_match(self, text: str) -> bool:
        return self._search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        if self._context is not None and not self._context.may_name(leaf):
            return
        text = leaf.text
        for member in self.members:
            if member.may_match(text):
                yield from member.find(leaf)

    def within(self, text: str) -> Self:
        """The family without the members that match nowhere in `text`: for leaves that are parts
        of it. Whatever may match in a line of a text, may match in the text."""
        narrowed = copy(self)
        narrowed.members = tuple(
            member.within(text) if isinstance(member, Family) else member
            for member in self.members
            if member.may_match(text)
        )
        return narrowed
