"""Several recognisers behind one gate: most leaves are done with after a single test."""

import re
from collections.abc import Iterator, Sequence
from typing import Self

from detectors.decode.base import Leaf
from detectors.scan.base import Hit, Recogniser

_LONGEST_FORM = 256
_SIGN_OF_MANY = re.compile(r"[\d@:-]").search
"""What machines and people both write in: without a digit, an `@`, a colon or a dash there is
nothing to find for any recogniser of ours. A cheap first test."""
_MACHINE = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
    r"|(?P<time>[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]{5,18}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?)"
    r"|(?P<hash>(?:sha[0-9]{1,3}[:-]|md5[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}"
    r"|[0-9a-f]{96}|[0-9a-f]{128}))"
    r"|(?P<agent>Mozilla/[0-9]\.[0-9] \([^@\n]*)"
    r"|(?P<number>-?[0-9]{1,5}(?:\.[0-9]{1,18})?)",
    re.IGNORECASE | re.ASCII,
)


def machine_form(text: str) -> str | None:
    """`uuid`, `time`, `hash`, `agent` or `number` where the whole text is one, else None. What a
    machine wrote in one of these forms is nobody's number, whatever its digits add up to."""
    if len(text) > _LONGEST_FORM:
        return None
    match = _MACHINE.fullmatch(text)
    return match.lastgroup if match else None


class Family:
    """Recognisers as one. `gate` is a regular expression that matches wherever a member can;
    with `of_people`, they find nothing in what a machine wrote (see `machine_form`)."""

    def __init__(
        self,
        name: str,
        gate: str,
        members: Sequence[Recogniser],
        *,
        of_people: bool = False,
    ) -> None:
        self.name = name
        self.entities = frozenset(entity for member in members for entity in member.entities)
        self.members = tuple(members)
        self._of_people = of_people
        self._search = re.compile(gate).search

    def may_match(self, text: str) -> bool:
        if self._of_people and _SIGN_OF_MANY(text) is None:
            return False
        return self._search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        if self._of_people and machine_form(text):
            return
        for member in self.members:
            if member.may_match(text):
                yield from member.find(leaf)

    def within(self, text: str) -> Self:
        """The family without the members that match nowhere in `text`: for leaves that are parts
        of it. Whatever may match in a line of a text, may match in the text."""
        narrowed = self.__class__.__new__(self.__class__)
        narrowed.__dict__.update(self.__dict__)  # `copy` costs more than the gates
        narrowed.members = tuple(
            [
                member.within(text) if isinstance(member, Family) else member
                for member in self.members
                if member.may_match(text)
            ]
        )
        return narrowed
