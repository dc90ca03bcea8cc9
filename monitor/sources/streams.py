"""The bytes of a file, plain or compressed, from an offset on."""

import gzip
import io
import os
import zlib
from typing import Protocol

PLAIN_CHUNK = 256 * 1024
# Small, since a corrupt file gives what it held up to the last whole piece.
GZIP_CHUNK = 8 * 1024
HEAD = 64 * 1024

_GZIP_MAGIC = b"\x1f\x8b"


class Damaged(Exception):  # noqa: N818 - says what the stream is
    """The stream cannot be read further than `position`. `unfinished`: as if the rest were still
    to be written."""

    def __init__(
        self, reason: str, problem: str, position: int, *, unfinished: bool = False
    ) -> None:
        super().__init__(problem)
        self.reason = reason
        self.problem = problem
        self.position = position
        self.unfinished = unfinished


class ByteStream(Protocol):
    """Bytes in order. Offsets count uncompressed bytes. `growing`: what looks like the end now
    need not be the end; a compressed stream says itself where it ends."""

    growing: bool

    def read(self) -> bytes:
        """The next piece; empty at the (present) end. Raises Damaged, or OSError."""
        ...

    def head(self) -> bytes:
        """The first bytes of the whole stream, at most HEAD, wherever it was started."""
        ...


def is_gzip(fd: int) -> bool:
    return os.pread(fd, 2, 0) == _GZIP_MAGIC


def open_stream(file: io.FileIO, offset: int) -> ByteStream:
    """The stream in `file`, by its first bytes: names lie about compression."""
    if is_gzip(file.fileno()):
        return GzipStream(file, offset)
    return PlainStream(file, offset)


class PlainStream:
    growing = True

    def __init__(self, file: io.FileIO, offset: int) -> None:
        self._file = file
        file.seek(offset)

    def read(self) -> bytes:
        return self._file.read(PLAIN_CHUNK)

    def head(self) -> bytes:
        return os.pread(self._file.fileno(), HEAD, 0)


class GzipStream:
    """Always read from the beginning, since gzip cannot seek; bytes before `offset` are dropped."""

    growing = False

    def __init__(self, file: io.FileIO, offset: int) -> None:
        file.seek(0)
        self._gzip = gzip.GzipFile(fileobj=file, mode="rb")
        self._offset = offset
        self._position = 0
        self._head = b""

    def read(self) -> bytes:
        while piece := self._piece():
            before = self._offset - self._position
            self._position += len(piece)
            if len(self._head) < HEAD:
                self._head += piece
            if before < len(piece):
                return piece[max(0, before) :]
        return b""

    def head(self) -> bytes:
        return self._head[:HEAD]

    def _piece(self) -> bytes:
        try:
            return self._gzip.read1(GZIP_CHUNK)
        except EOFError:
            problem, unfinished = "the gzip stream is cut off", True
        except (gzip.BadGzipFile, zlib.error):
            problem, unfinished = "the gzip stream is damaged", False
        raise Damaged("corrupt-gzip", problem, self._position, unfinished=unfinished)
