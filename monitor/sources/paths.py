"""From the paths of a configuration to the files behind them, with their partitions' names."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from monitor.sources.rotation import is_rotation_of

_WILDCARDS = frozenset("*?[")


class Found(NamedTuple):
    """A file and its name within the source, relative to the folder that the configuration names,
    so that moving everything to another folder changes no name and no record id."""

    name: str
    path: Path


class PathEntry:
    """One file, folder or glob. A folder means all files below it whose names have no leading dot.

    `prefix` goes before the names; it keeps those of several folders apart.
    """

    def __init__(self, text: str, base: Path) -> None:
        path = base / Path(text).expanduser()
        wild = next((i for i, part in enumerate(path.parts) if _WILDCARDS & set(part)), None)
        self.pattern = "" if wild is None else "/".join(path.parts[wild:])
        self._path = path if wild is None else Path(*path.parts[:wild])
        self.prefix = ""

    @property
    def folder(self) -> Path:
        """The folder that names are relative to."""
        return self._path if self.pattern or self._path.is_dir() else self._path.parent

    def files(self) -> Iterator[Found]:
        """The files there are; one that is named itself counts even if it does not exist."""
        if not self.pattern and not self._path.is_dir():
            yield Found(self.prefix + self._path.name, self._path)
            return
        for path in sorted(self._path.glob(self.pattern or "**/*")):
            relative = path.relative_to(self._path)
            hidden = any(part.startswith(".") for part in relative.parts)
            if not (hidden and not self.pattern) and path.is_file():
                yield Found(self.prefix + relative.as_posix(), path)

    @property
    def several(self) -> bool:
        """A folder or a glob, which may catch rotated files beside the log itself."""
        return bool(self.pattern) or self._path.is_dir()


def entries(paths: Sequence[str], base: Path) -> list[PathEntry]:
    """The entries of a configuration. Names of the first folder have no prefix, those of every
    other one its own name, so that adding a path changes no existing name."""
    parsed = [PathEntry(text, base) for text in paths]
    folders = list(dict.fromkeys(entry.folder for entry in parsed))
    for entry in parsed:
        if entry.folder != folders[0]:
            entry.prefix = f"{entry.folder.name}/"
    return parsed


def without_rotated(found: Iterable[Found], known: Iterable[str]) -> Iterator[Found]:
    """Leaves out what log rotation made of another file: it is read as a part of that one.

    `known` are the names of partitions that exist although their files may be away just now.
    """
    listed = list(found)
    bases: dict[str, list[str]] = {}
    for name in {*known, *(file.name for file in listed)}:
        folder, _, base = name.rpartition("/")
        bases.setdefault(folder, []).append(base)
    for file in listed:
        folder, _, name = file.name.rpartition("/")
        if not any(is_rotation_of(name, base) for base in bases.get(folder, ()) if base != name):
            yield file
