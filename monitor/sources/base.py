"""Where records come from. A source has partitions; a partition is an ordered, resumable log."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a partition has been read; opaque to the runner, which stores it with the batch.

    `offset` is where the next record begins. `mark` is the source's own note, such as the
    fingerprint of the file the offset belongs to.
    """

    offset: int = 0
    mark: str = ""


class SourceError(ValueError):
    """A source that cannot start. The text names the configuration's key and the remedy."""


class RawRecord:
    """One record as it was read, before its format is decoded. Holds personal data: no repr.

    `id` is stable for the record's place in its partition: the event's id where it brings none.
    `refused` is (reason, problem) where the source itself could not read it, for example a line
    over the size limit; `data` is then empty. `size` is the record's size in the source, in bytes.
    """

    __slots__ = ("data", "id", "next", "offset", "refused", "size")

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the record's own word for it
        offset: int,
        next: Position,  # noqa: A002
        data: bytes = b"",
        size: int = 0,
        refused: tuple[str, str] | None = None,
    ) -> None:
        self.id = id
        self.offset = offset
        self.next = next
        self.data = data
        self.size = size or len(data)
        self.refused = refused

    def __repr__(self) -> str:
        return f"<RawRecord of {self.size} bytes>"


class Partition(Protocol):
    """One ordered log of a source.

    The order of records and their ids depend only on what the source holds, never on when or in
    what pieces it is read: that is what makes a run after a crash the same run.
    """

    @property
    def name(self) -> str:
        """Stable over restarts, unique over all sources; holds no personal data."""
        ...

    @property
    def format(self) -> str:
        """The name of the format its records have, a key of `monitor.formats.FORMATS`."""
        ...

    @property
    def urgent(self) -> bool:
        """True where somebody waits until its records are committed."""
        ...

    @property
    def exhausted(self) -> bool:
        """True when no record will ever follow: the end of a file that is not followed."""
        ...

    def read(self) -> RawRecord | None:
        """The next record, at once; None where there is none now."""
        ...


class Source(Protocol):
    """A family of partitions. Guarantee: at least once from the last committed position on; with
    the position stored in the batch's transaction, exactly once."""

    def open(self, positions: Mapping[str, Position]) -> None:
        """Starts at the committed positions; a partition without one starts at its beginning."""
        ...

    def partitions(self) -> Sequence[Partition]:
        """The partitions there are now, in a stable order; following sources may find more."""
        ...

    def committed(self) -> None:
        """Everything read so far is committed: acknowledge it to whoever sent it."""
        ...

    def close(self) -> None: ...
