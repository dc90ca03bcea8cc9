"""Sets of fingerprints as documents that a writer grows without reading any.

Whoever writes may not ask who was among the people, so nothing stored is read back: each writer
keeps what it has written of a set in memory, and writes its own parts of it. A part takes in what
is new until it is full, then the next one begins; after a restart new parts begin. Parts unite to
the set whoever wrote them and however often, so a replay changes no answer.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import uuid4

import numpy as np

from detectors.membership import Prints, SetName, packed, set_of, unpacked
from detectors.records import Members

FULL = 16_384
"""Fingerprints after which a new part begins: a part is rewritten (45 KB) when it grows."""
REMEMBERED = 8_000_000
"""Fingerprints (of 4 bytes) kept in memory; of the set unseen for longest they are forgotten, and
what comes of it again is written again."""


class Part(NamedTuple):
    """One document's share of a set."""

    id: str
    prints: Prints


class Change(NamedTuple):
    """A part as it must be written now, and what it makes of its set here."""

    name: SetName
    part: Part
    record: Members


@dataclass(slots=True)
class Parts:
    """What one writer has written. `changes` says what there is to do, `written` that it is done:
    what was not acknowledged is a change again."""

    remembered: int = REMEMBERED
    _sets: OrderedDict[SetName, dict[str, Prints]] = field(
        default_factory=OrderedDict[SetName, dict[str, Prints]]
    )

    def changes(self, members: Iterable[Members]) -> list[Change]:
        """The parts that grow by these; none for what is in them already."""
        sets: dict[SetName, list[Members]] = {}
        for one in members:
            sets.setdefault(set_of(one), []).append(one)
        return [change for name, some in sets.items() for change in self._grown(name, some)]

    def written(self, changes: Iterable[Change]) -> None:
        """These are in the index."""
        for name, part, _ in changes:
            self._sets.setdefault(name, {})[part.id] = part.prints
            self._sets.move_to_end(name)
        self._forget()

    def _grown(self, name: SetName, some: list[Members]) -> list[Change]:
        parts = self._sets.get(name, {})
        fresh = np.unique(np.concatenate([unpacked(one.prints) for one in some]))
        for prints in parts.values():
            fresh = np.setdiff1d(fresh, prints, assume_unique=True)
        if not len(fresh):
            return []
        part = _with(parts, fresh)
        record = Members(
            day=some[0].day,
            subprocessor=name.subprocessor,
            category=name.category,
            key_id=name.key_id,
            prints=packed(part.prints),
        )
        return [Change(name, part, record)]

    def _forget(self) -> None:
        held = sum(len(prints) for parts in self._sets.values() for prints in parts.values())
        while held > self.remembered and len(self._sets) > 1:
            _, parts = self._sets.popitem(last=False)
            held -= sum(len(prints) for prints in parts.values())


def _with(parts: dict[str, Prints], fresh: Prints) -> Part:
    """The newest part with what is new, or the next one where that is full."""
    last = next(reversed(parts), None)
    if last is None or len(parts[last]) >= FULL:
        return Part(uuid4().hex, fresh)
    return Part(last, np.union1d(parts[last], fresh))
