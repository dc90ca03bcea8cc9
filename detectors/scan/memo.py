"""A bounded cache for hot loops: a look-up is a dictionary's own, without a call."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V | None], Generic[K, V]):
    """What is known of the keys kept lately, by subscript; None for any other key.

    Two generations of at most `most` entries each: when the younger is full it becomes the older,
    whose entries come back when they are asked for, and else go with the next change. So what
    comes again and again stays, whatever passes once.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._older: dict[K, V | None] = {}

    def __missing__(self, key: K) -> V | None:
        known = self._older.get(key)
        if known is not None:
            self.keep(key, known)
        return known

    def keep(self, key: K, value: V) -> None:
        if len(self) >= self._most:
            self._older = dict(self)
            self.clear()
        self[key] = value

    def __repr__(self) -> str:
        return f"<Memo of {len(self)} and {len(self._older)} entries>"
