"""Files, folders and globs as a source; read once, or followed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from monitor.formats import FORMATS
from monitor.sources.base import Position
from monitor.sources.config import BaseSourceConfig
from monitor.sources.framing import DEFAULT_MAX_RECORD_BYTES
from monitor.sources.partition import OUT_OF_DESCRIPTORS, FilePartition
from monitor.sources.paths import Found, entries, without_rotated


class FileSourceConfig(BaseSourceConfig):
    """Reads records from files."""

    type: Literal["files"] = Field(description="The kind of source.", examples=["files"])
    paths: tuple[str, ...] = Field(
        min_length=1,
        description="Files, folders or globs, relative to the configuration file.",
        examples=[["/var/log/egress", "captures/*.har"]],
    )
    format: Literal["auto", "ecs", "har", "traffic"] = Field(
        default="auto",
        description="What the records are; auto goes by the file's name and first line.",
        examples=["ecs"],
    )
    follow: bool = Field(
        default=False,
        description="Wait for more at the end, through log rotation, like tail -F.",
        examples=[True],
    )

    @property
    def endless(self) -> bool:
        """Only where it is followed."""
        return self.follow

    def build(self, base: Path) -> "FileSource":
        """The source; `base` is the folder of the configuration file."""
        return FileSource(
            self.name,
            self.paths,
            format=self.format,
            follow=self.follow,
            max_record_bytes=self.max_record_bytes,
            base=base,
        )


class FileSource:
    """One partition a file, named `source:path relative to the folder in the configuration`.

    Followed, new files become partitions as they appear, and rotated files of a log (`app.log.1`)
    in a folder or glob belong to the log's own partition. Not followed, every file is read once.
    """

    def __init__(
        self,
        name: str,
        paths: Sequence[str | Path],
        *,
        format: str = "auto",  # noqa: A002 - the configuration's own word for it
        follow: bool = False,
        max_record_bytes: int = DEFAULT_MAX_RECORD_BYTES,
        base: Path | None = None,
    ) -> None:
        if format != "auto" and format not in FORMATS:
            raise ValueError(f"format: unknown; one of auto, {', '.join(FORMATS)}")
        self._name = name
        self._entries = entries([str(path) for path in paths], base or Path())
        self._format = format
        self._follow = follow
        self._limit = max_record_bytes
        self._positions: Mapping[str, Position] = {}
        self._partitions: dict[str, FilePartition] = {}
        self._paths: dict[str, Path] = {}
        self._looked = False

    def open(self, positions: Mapping[str, Position]) -> None:
        self._positions = {
            name: position
            for name, position in positions.items()
            if name.startswith(f"{self._name}:")
        }

    def partitions(self) -> Sequence[FilePartition]:
        """Looks for new files each time if following, else once. Raises ValueError where two
        files would have the same name."""
        if self._follow or not self._looked:
            try:
                for found in self._found():
                    self._add(found)
            except OSError as error:
                if error.errno not in OUT_OF_DESCRIPTORS or not self._looked:
                    raise
            self._looked = True
        return list(self._partitions.values())

    def _found(self) -> Sequence[Found]:
        prefix = f"{self._name}:"
        found: list[Found] = []
        for entry in self._entries:
            files = entry.files()
            if self._follow and entry.several:
                known = (name.removeprefix(prefix) for name in self._positions)
                files = without_rotated(files, [*known, *self._paths])
            found.extend(files)
        return found

    def _add(self, found: Found) -> None:
        known = self._paths.setdefault(found.name, found.path)
        if known != found.path:
            raise ValueError(
                f"paths: two files would both be the partition {self._name}:{found.name}; "
                "give their folders a source each"
            )
        name = f"{self._name}:{found.name}"
        if name not in self._partitions:
            self._partitions[name] = FilePartition(
                name,
                found.path,
                self._positions.get(name, Position()),
                format_=self._format,
                follow=self._follow,
                limit=self._limit,
            )

    def committed(self) -> None:
        """Nothing to do: files need no acknowledgement."""

    def close(self) -> None:
        for partition in self._partitions.values():
            partition.close()
