"""Messages appended to a file, one line of JSON each, exactly once."""

import mmap
import os
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import Field

from alerts.sinks.base import Message, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.ocsf import ocsf_body, ocsf_prefix
from alerts.sinks.payload import body, id_prefix
from alerts.sinks.shared import BaseSink, Tools
from detectors.yamlfile import ConfigPath


class FileConfig(BaseSinkConfig):
    """Appends each message to a file as one line of JSON."""

    type: Literal["file"] = Field(description="This kind of sink.", examples=["file"])
    path: ConfigPath = Field(
        description="The file, created where missing, for this sink alone. It may be rotated.",
        examples=["/var/lib/egresswatch/alerts.ndjson"],
    )
    format: Literal["egresswatch", "ocsf"] = Field(
        default="egresswatch",
        description="`egresswatch`: our own JSON; `ocsf`: Data Security Findings (class 2006).",
        examples=["ocsf"],
    )

    def build(self, tools: Tools) -> "FileSink":
        """The sink."""
        return FileSink(self, tools)


class FileSink(BaseSink):
    """Guarantee: exactly once, as long as the file is not rotated between a crash and the restart.

    A message counts as arrived when its whole line is on disk. The torn line that a crash may
    leave is cut before the next append. The file is opened for each message, so that a rotated
    one is left alone.
    """

    def __init__(self, config: FileConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._path = config.path
        self._ocsf = config.format == "ocsf"

    def send(self, message: Message) -> None:
        try:
            new = not self._path.exists()
            with open(self._path, "a+b", opener=_private) as file:
                self._cut_torn_line(file)
                file.write(self._body(message) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                _sync_folder(self._path.parent)
        except OSError as error:
            raise self._failed("append to", error) from None

    def arrived(self, message: Message) -> bool | None:
        prefix = self._prefix(message.id)
        try:
            with self._path.open("rb") as file:
                return any(line.startswith(prefix) and line.endswith(b"\n") for line in file)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failed("read", error) from None

    def preview(self, message: Message) -> str:
        return self._body(message).decode()

    def check(self) -> str:
        folder = self._path.parent
        if not os.access(self._path if self._path.exists() else folder, os.W_OK):
            problem = f"sink {self.name}: path: no permission to write there"
            raise SinkError(problem, recoverable=True, in_doubt=False)
        return "the file can be written to"

    def _body(self, message: Message) -> bytes:
        if self._ocsf:
            return ocsf_body(message, self.composer.content(message))
        return body(message)

    def _prefix(self, message_id: str) -> bytes:
        """How the line of the message with this id begins."""
        return ocsf_prefix(message_id) if self._ocsf else id_prefix(message_id)

    def _cut_torn_line(self, file: BinaryIO) -> None:
        ours = self._prefix("")[:-2]  # how every line begins, up to the id
        size = file.seek(0, os.SEEK_END)
        if not size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
            start = content[end : end + len(ours)]
        if end == size:
            return
        if not ours.startswith(start):
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
