"""One file of a partition, opened: its records, its identity, and whether it is still the one."""

import io
import os
from pathlib import Path

from monitor.sources.har import HarReader
from monitor.sources.identity import Mark
from monitor.sources.readers import LineReader, Piece, Reader
from monitor.sources.streams import ByteStream, open_stream


def is_har(path: Path) -> bool:
    """A HAR is one document, known by its name (compressed or not), not a file of lines."""
    return path.name.lower().endswith((".har", ".har.gz"))


class OpenedFile:
    """Reads the file behind `fd` (and owns it) on from `offset`; `live` where it may grow."""

    def __init__(
        self, fd: int, *, generation: int, offset: int, har: bool, limit: int, live: bool
    ) -> None:
        self._file = io.FileIO(fd, "rb")
        self._har, self._limit = har, limit
        self._mark = Mark.of(fd, generation)
        self.mark = str(self._mark)
        self._size = 0
        self._stream: ByteStream
        self._reader: Reader
        self._start(offset, live=live)

    def _start(self, offset: int, *, live: bool) -> None:
        self._size = self.status().st_size
        self._stream = open_stream(self._file, 0 if self._har else offset)
        make = HarReader if self._har else LineReader
        self._reader = make(self._stream, offset, self._limit, live=live)

    @property
    def ended(self) -> bool:
        """Nothing will follow, unless the file is replaced."""
        return self._reader.ended

    @property
    def generation(self) -> int:
        return self._mark.generation

    def read(self) -> Piece | None:
        """The next record; None where there is none now. Raises OSError."""
        piece = self._reader.read()
        if piece is None and self._reader.unfinished and self.status().st_size != self._size:
            # A document or compressed file that was still being written: once more through it.
            self._start(self._reader.position, live=self._reader.live)
            piece = self._reader.read()
        self._follow_head()
        return piece

    def _follow_head(self) -> None:
        mark = self._mark.grown(self._file.fileno())
        if mark is not self._mark:
            self._mark, self.mark = mark, str(mark)

    def head(self) -> bytes:
        """The first bytes, uncompressed."""
        return self._stream.head()

    def finish(self) -> None:
        """The file was replaced or deleted: its present end is its end."""
        if self._reader.unfinished:
            self._start(self._reader.position, live=False)
        self._reader.live = False

    def rewritten(self) -> bool:
        """Whether the file was truncated (copytruncate) or overwritten in place."""
        fd = self._file.fileno()
        if not self._mark.head_matches(fd):
            return True
        return self._stream.growing and self.status().st_size < self._file.tell()

    def status(self) -> os.stat_result:
        return os.fstat(self._file.fileno())

    def close(self) -> None:
        self._file.close()
