"""One event's decoding under way: the result so far, and what is left of its budget."""

from collections.abc import Callable
from typing import NamedTuple

from detectors.decode.base import Budget, Decoded, Leaf, Reason
from detectors.records import Uninspected


class Place(NamedTuple):
    """Where in a request some data stands: its path, the keys on the way, its nesting, and what
    its sender calls it."""

    path: str
    keys: tuple[str, ...] = ()
    depth: int = 0
    content_type: str = ""

    def inner(self, step: str, content_type: str = "") -> "Place":
        """One encoding deeper: `body` with step `gzip` is `body>gzip`. What the sender called the
        outside says nothing of the inside, unless it is given again."""
        return Place(f"{self.path}>{step}", self.keys, self.depth + 1, content_type)


class Readers(NamedTuple):
    """What reads one kind of thing each; decoders reach each other through these, because formats
    nest in any order."""

    open: Callable[[bytes, Place, "Work"], None]
    """Tells the format of some data by its bytes and adds its leaves."""
    walk: Callable[[object, Place, "Work"], None]
    """Adds the leaves of a parsed document."""
    text: Callable[[str, Place, "Work"], None]
    """Adds a string, or the leaves of what it holds."""


class Work:
    """Collects leaves and counts within one Budget.

    Everything that expands (decompression, decoding of text in text) asks `grant` first, and
    everything that takes time asks `spend`, so that the work for one event is bounded whatever
    it nests. Decoders hand what they find inside to `open`.
    """

    __slots__ = ("_expanded", "_readers", "_skipped", "budget", "inspected", "leaves", "steps")

    def __init__(self, budget: Budget, readers: Readers) -> None:
        self.budget = budget
        self.leaves: list[Leaf] = []
        self.inspected = 0
        self.steps = budget.steps
        self._readers = readers
        self._expanded = 0
        self._skipped: dict[Reason, int] = {}

    def leaf(self, path: str, keys: tuple[str, ...], text: str) -> None:
        """Adds a leaf; past the budget of leaves it is counted instead."""
        if len(self.leaves) >= self.budget.leaves:
            self.skip(Reason.BUDGET_LEAVES, len(text))
            return
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()
        self.leaves.append(Leaf(path, keys, text))

    def open(self, data: bytes, place: Place) -> None:
        """Adds what `data` holds, in whatever format it is; counts it where that is over the
        budget or unknown."""
        if self.too_deep(place):
            self.skip(Reason.BUDGET_DEPTH, len(data))
        elif self.spend(len(data)):
            self._readers.open(data, place, self)

    def walk(self, document: object, place: Place) -> None:
        """Adds the leaves of a document that a decoder has parsed."""
        self._readers.walk(document, place, self)

    def text(self, text: str, place: Place) -> None:
        """Adds a string as a leaf, or the leaves of what it holds."""
        self._readers.text(text, place, self)

    def join(self, part: Decoded) -> None:
        """Adds what was decoded before, within a budget of its own."""
        self.leaves += part.leaves
        self.inspected += part.inspected
        for entry in part.uninspected:
            self.skip(Reason(entry.reason), entry.bytes)

    def skip(self, reason: Reason, size: int) -> None:
        """Counts `size` bytes as not inspected."""
        if size > 0:
            self._skipped[reason] = self._skipped.get(reason, 0) + size

    def too_deep(self, place: Place) -> bool:
        return place.depth >= self.budget.depth

    def room(self) -> int:
        """How many expanded bytes are still allowed."""
        return max(0, self.budget.expanded_bytes - self._expanded)

    def grant(self, size: int) -> bool:
        """Takes `size` expanded bytes from the budget; False, and nothing taken, if too many."""
        if size > self.room():
            return False
        self._expanded += size
        return True

    def spend(self, size: int) -> bool:
        """Takes the steps for reading `size` bytes; False, and they are counted, where no step
        is left."""
        self.steps -= 4 + (size >> 10)
        if self.steps >= 0:
            return True
        self.skip(Reason.BUDGET_STEPS, size)
        return False

    def result(self) -> Decoded:
        """The event, decoded."""
        extra = self.leaves[self.budget.leaves :]
        if extra:  # a container's members are added without asking for each
            del self.leaves[self.budget.leaves :]
            self.skip(Reason.BUDGET_LEAVES, sum(len(leaf.text) for leaf in extra))
        return Decoded(
            leaves=self.leaves,
            inspected=self.inspected,
            uninspected=[
                Uninspected(reason=reason.value, bytes=size)
                for reason, size in self._skipped.items()
            ],
        )
