"""Bytes into lines, in constant memory however long a line is. Pure: no I/O."""

from typing import NamedTuple

DEFAULT_MAX_RECORD_BYTES = 8 * 1024 * 1024
TOO_LARGE = "record-too-large"

_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line without its end. `data` is None where the line was over the limit.

    `start` is the offset of its first byte, `end` that of the next line's.
    """

    start: int
    end: int
    data: bytes | None


class LineFramer:
    """Cuts a stream, given in pieces of any size, into lines; blank ones are skipped.

    What comes out depends on the bytes only, never on how they were cut into pieces. LF and CRLF
    end a line. Of a line over `limit` bytes (its end not counted) no more than `limit` and one
    piece are ever held. `start` is the offset of the first byte to come.
    """

    def __init__(self, limit: int, start: int = 0) -> None:
        self._limit = limit
        self._start = start  # of the unfinished line
        self._held: list[bytes] = []  # the unfinished line, unless it is over the limit
        self._length = 0  # of the unfinished line
        self.position = start

    @property
    def unfinished(self) -> int:
        """The offset where the line begins whose end has not been seen."""
        return self._start

    def push(self, piece: bytes) -> list[Line]:
        """The lines that `piece` completes."""
        self.position += len(piece)
        first, newline, rest = piece.partition(b"\n")
        self._hold(first)
        if not newline:
            return []
        lines: list[Line] = []
        self._cut(lines, 1)
        *whole, last = rest.split(b"\n")
        start, limit = self._start, self._limit
        for text in whole:
            end = start + len(text) + 1
            data = text.removesuffix(b"\r")
            if len(data) > limit:
                lines.append(Line(start, end, None))
            elif data and not data.isspace():
                lines.append(Line(start, end, data))
            start = end
        self._start = start
        self._hold(last)
        return lines

    def finish(self) -> list[Line]:
        """The last line, where the stream ended without a line end."""
        lines: list[Line] = []
        self._cut(lines, 0)
        return lines

    def _hold(self, text: bytes) -> None:
        self._length += len(text)
        # One byte more than the limit: it may be the carriage return of the line's end.
        if self._length > self._limit + 1:
            self._held = []
        elif text:
            self._held.append(text)

    def _cut(self, lines: list[Line], newline: int) -> None:
        start, end = self._start, self._start + self._length + newline
        data = b"".join(self._held)
        refused = self._length > len(data)
        if newline:
            data = data.removesuffix(b"\r")
        if start == 0:
            data = data.removeprefix(_BOM)
        if refused or len(data) > self._limit:
            lines.append(Line(start, end, None))
        elif data and not data.isspace():
            lines.append(Line(start, end, data))
        self._start, self._held, self._length = end, [], 0
