"""One event's decoding under way: the result so far, and what is left of its budget."""

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

    def inner(self, step: str) -> "Place":
        """One encoding deeper: `body` with step `gzip` is `body>gzip`."""
        return Place(f"{self.path}>{step}", self.keys, self.depth + 1, self.content_type)


class Work:
    """Collects leaves and counts within one Budget.

    Everything that expands (decompression, decoding of text in text) asks `grant` first, so that
    the work for one event is bounded whatever it nests.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.leaves: list[Leaf] = []
        self.inspected = 0
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

    def result(self) -> Decoded:
        """The event, decoded."""
        return Decoded(
            leaves=self.leaves,
            inspected=self.inspected,
            uninspected=[
                Uninspected(reason=reason.value, bytes=size)
                for reason, size in self._skipped.items()
            ],
        )
