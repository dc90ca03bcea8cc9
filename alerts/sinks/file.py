"""Messages appended to a file, one line of JSON each, exactly once."""

import mmap
import os
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import Field

from alerts.sinks.base import Clock, Message, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.payload import body, id_prefix
from detectors.yamlfile import ConfigPath

_START = id_prefix("")[:-2]
"""How every line of ours begins, up to the id."""


class FileConfig(BaseSinkConfig):
    """Appends each message to a file as one line of JSON."""

    type: Literal["file"] = Field(description="This kind of sink.", examples=["file"])
    path: ConfigPath = Field(
        description="The file, created where missing, for this sink alone. It may be rotated.",
        examples=["/var/lib/egresswatch/alerts.ndjson"],
    )

    def build(self, clock: Clock) -> "FileSink":
        """The sink; `clock` is not needed here."""
        del clock
        return FileSink(self)


class FileSink:
    """Guarantee: exactly once, as long as the file is not rotated between a crash and the restart.

    A message counts as arrived when its whole line is on disk. The torn line that a crash may
    leave is cut before the next append. The file is opened for each message, so that a rotated
    one is left alone.
    """

    def __init__(self, config: FileConfig) -> None:
        self.name = config.name
        self._path = config.path

    def send(self, message: Message) -> None:
        try:
            new = not self._path.exists()
            with open(self._path, "a+b", opener=_private) as file:
                self._cut_torn_line(file)
                file.write(body(message) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                _sync_folder(self._path.parent)
        except OSError as error:
            raise self._failed("append to", error) from None

    def arrived(self, message_id: str) -> bool | None:
        prefix = id_prefix(message_id)
        try:
            with self._path.open("rb") as file:
                return any(line.startswith(prefix) and line.endswith(b"\n") for line in file)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failed("read", error) from None

    def close(self) -> None:
        """Nothing stays open between messages."""

    def _cut_torn_line(self, file: BinaryIO) -> None:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
            start = content[end : end + len(_START)]
        if end == size:
            return
        if not _START.startswith(start):
            raise SinkError(
                f"sink {self.name}: path: the file ends in a line that Egresswatch did not write; "
                "give this sink a file of its own",
                recoverable=False,
                in_doubt=False,
            )
        file.truncate(end)

    def _failed(self, what: str, error: OSError) -> SinkError:
        problem = f"sink {self.name}: path: cannot {what} the file ({error.strerror})"
        return SinkError(problem, recoverable=True)


def _private(path: str, flags: int) -> int:
    """Alerts are for their owner only, as the database is."""
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Makes the new file's name durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
