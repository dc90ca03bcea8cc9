"""Records of one opened file. Lines are here, the entries of a HAR in `har`."""

from collections import deque
from typing import NamedTuple, Protocol

from monitor.sources.framing import TOO_LARGE, LineFramer
from monitor.sources.streams import ByteStream, Damaged


class Piece(NamedTuple):
    """One record as cut from its file. `end` is the offset at which reading goes on after it."""

    start: int
    end: int
    data: bytes
    size: int
    refused: tuple[str, str] | None = None


def too_large(start: int, end: int, size: int, limit: int) -> Piece:
    problem = f"the record is over the limit of {limit} bytes (max_record_bytes)"
    return Piece(start, end, b"", size, (TOO_LARGE, problem))


class Reader(Protocol):
    """Pieces in order, from an offset on. While `live`, the end of the file is not final."""

    live: bool
    ended: bool
    """Nothing will follow."""
    unfinished: bool
    """The file stops in the middle and is expected to grow: read it again when it has."""

    @property
    def position(self) -> int:
        """Where to go on when the file is opened again."""
        ...

    def read(self) -> Piece | None: ...


class LineReader:
    """Lines. A live one waits for the end of the last line; else the end of the file ends it."""

    def __init__(self, stream: ByteStream, offset: int, limit: int, *, live: bool) -> None:
        self.live = live
        self.ended = False
        self.unfinished = False
        self._stream = stream
        self._start = offset
        self._limit = limit
        self._framer = LineFramer(limit, offset)
        self._ready: deque[tuple[int, int, bytes | None]] = deque()

    @property
    def position(self) -> int:
        return self._framer.unfinished

    def read(self) -> Piece | None:
        while not self._ready:
            if self.ended or self.unfinished:
                return None
            try:
                piece = self._stream.read()
            except Damaged as damage:
                return self._damaged(damage)
            if piece:
                self._ready.extend(self._framer.push(piece))
            elif self.live and self._stream.growing:
                return None
            else:
                self.ended = True
                self._ready.extend(self._framer.finish())
        start, end, data = self._ready.popleft()
        if data is None:
            return too_large(start, end, end - start, self._limit)
        return Piece(start, end, data, end - start)

    def _damaged(self, damage: Damaged) -> Piece | None:
        """What came before was good; the rest, with the line it cut off, is one refused record.

        Its end lies beyond the last good byte: started there again, the reader has nothing to say.
        """
        if self.live and damage.unfinished:
            self.unfinished = True
            return None
        self.ended = True
        if self._start > damage.position:
            return None
        start, good = self._framer.unfinished, damage.position
        return Piece(start, good + 1, b"", good - start, (damage.reason, damage.problem))
