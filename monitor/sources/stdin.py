"""Standard input, or any other stream that cannot be read twice, as a source."""

import io
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Literal, Protocol

from pydantic import Field

from detectors.ids import position_id
from monitor.formats import FORMATS
from monitor.formats.sniff import sniff
from monitor.sources.base import Position, RawRecord
from monitor.sources.config import BaseSourceConfig
from monitor.sources.framing import DEFAULT_MAX_RECORD_BYTES, Line, LineFramer
from monitor.sources.readers import too_large

_CHUNK = 64 * 1024
_QUEUED_CHUNKS = 8
_POLL = 0.2


class ByteInput(Protocol):
    """What is read of a binary stream, `sys.stdin.buffer` for example."""

    def read1(self, size: int, /) -> bytes: ...


class StdinSourceConfig(BaseSourceConfig):
    """Reads records from standard input."""

    type: Literal["stdin"] = Field(description="The kind of source.", examples=["stdin"])
    format: Literal["auto", "ecs", "traffic"] = Field(
        default="auto",
        description="What the records are; auto goes by the first line.",
        examples=["ecs"],
    )

    def build(self, base: Path) -> "StdinSource":
        """The source; a thread begins to read when it is opened."""
        del base
        return StdinSource(
            io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False)),
            self.format,
            name=self.name,
            max_record_bytes=self.max_record_bytes,
        )


class StdinSource:
    """One partition, `source`. At most once: what was read and not committed when the process
    died is gone, since a pipe has no past. A restart reads on, and counts on from the position.
    """

    def __init__(
        self,
        stream: ByteInput,
        format: str = "auto",  # noqa: A002 - the configuration's own word for it
        *,
        name: str = "stdin",
        max_record_bytes: int = DEFAULT_MAX_RECORD_BYTES,
    ) -> None:
        if format != "auto" and (format == "har" or format not in FORMATS):
            raise ValueError("format: not one of lines; give auto, ecs or traffic")
        self._partition = StdinPartition(name, stream, format, max_record_bytes)

    def open(self, positions: Mapping[str, Position]) -> None:
        self._partition.start(positions.get(self._partition.name, Position()).offset)

    def partitions(self) -> Sequence["StdinPartition"]:
        return [self._partition]

    def committed(self) -> None:
        """Nothing to do: a pipe takes no acknowledgement."""

    def close(self) -> None:
        """Stops reading. A thread that waits for input ends with the process."""
        self._partition.stop()


class StdinPartition:
    """Lines that a thread reads ahead, in bounded memory. Offsets count records."""

    def __init__(self, name: str, stream: ByteInput, format_: str, limit: int) -> None:
        self._name = name
        self._stream = stream
        self._format = "" if format_ == "auto" else format_
        self._limit = limit
        self._count = 0
        self._queue: Queue[list[Line] | None] = Queue(_QUEUED_CHUNKS)
        self._ready: deque[Line] = deque()
        self._stopping = threading.Event()
        self.urgent = False
        self._exhausted = False
        self._thread = threading.Thread(target=self._pump, name=f"source-{name}", daemon=True)

    @property
    def name(self) -> str:
        return self._name

    @property
    def format(self) -> str:
        """Known once a record was read."""
        return self._format or "ecs"

    @property
    def exhausted(self) -> bool:
        return self._exhausted

    def start(self, count: int) -> None:
        self._count = count
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=_POLL * 5)

    def read(self) -> RawRecord | None:
        while not self._ready:
            if self._exhausted:
                return None
            try:
                lines = self._queue.get_nowait()
            except Empty:
                return None
            if lines is None:
                self._exhausted = True
            else:
                self._ready.extend(lines)
        return self._record(self._ready.popleft())

    def _record(self, line: Line) -> RawRecord:
        offset = self._count
        self._count += 1
        if not self._format and line.data is not None:
            self._format = sniff(line.data)
        size = line.end - line.start
        refused = too_large(offset, self._count, size, self._limit).refused
        return RawRecord(
            id=position_id(self._name, 0, offset),
            offset=offset,
            next=Position(offset=self._count),
            data=line.data or b"",
            size=size,
            refused=refused if line.data is None else None,
        )

    def _pump(self) -> None:
        framer = LineFramer(self._limit)
        while not self._stopping.is_set():
            try:
                data = self._stream.read1(_CHUNK)
            except (OSError, ValueError):  # closed, or gone: the same as its end
                data = b""
            lines = framer.push(data) if data else framer.finish()
            if lines:
                self._put(lines)
            if not data:
                self._put(None)
                return

    def _put(self, lines: list[Line] | None) -> None:
        while not self._stopping.is_set():
            try:
                self._queue.put(lines, timeout=_POLL)
            except Full:
                continue
            return
