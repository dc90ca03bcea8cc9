"""Finding the files of a rotated log: the one a position belongs to, and the next one."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from monitor.sources.identity import Inode, Mark, open_regular

# app.log.1, app.log-20260131, app.log.2026-01-31T12:00; compressed ones have lost their identity.
_ROTATED = re.compile(r"[.-]\d[\d.:_T-]*")
_ROTATED_OR_COMPRESSED = re.compile(_ROTATED.pattern + r"(\.(gz|bz2|xz|zst))?")


def is_rotation_of(name: str, base: str) -> bool:
    """Whether `name` is what a log rotation makes of `base`."""
    return name.startswith(base) and bool(_ROTATED_OR_COMPRESSED.fullmatch(name[len(base) :]))


def find_rotated(path: Path, mark: Mark) -> Path | None:
    """Where the file of `mark`, once at `path`, is now."""
    for entry in _siblings(path):
        if entry.inode() == mark.inode.number and _is_file(Path(entry.path), mark):
            return Path(entry.path)
    return None


def next_file(path: Path, current: os.stat_result) -> Path | None:
    """The file that follows `current` in the log at `path`, if `current` was rotated away.

    Files that were rotated since, while nobody looked, come first, oldest first. Then the one at
    `path`, but only when something is in it: until then the writer may still hold the old one.
    """
    here = _status(path)
    if here is not None and Inode.of(here) == Inode.of(current):
        return None
    later = [
        (status.st_mtime_ns, entry.name)
        for entry in _siblings(path)
        if _ROTATED.fullmatch(entry.name[len(path.name) :])
        and (status := entry.stat()).st_mtime_ns > current.st_mtime_ns
        and Inode.of(status) != Inode.of(current)
    ]
    if later:
        return path.with_name(min(later)[1])
    return path if here is not None and here.st_size else None


def _siblings(path: Path) -> Iterator[os.DirEntry[str]]:
    """The other files in the folder whose names begin with the log's."""
    try:
        with os.scandir(path.parent) as entries:
            found = [
                entry
                for entry in entries
                if entry.name.startswith(path.name) and entry.name != path.name and entry.is_file()
            ]
    except OSError:
        return
    yield from found


def _is_file(path: Path, mark: Mark) -> bool:
    try:
        fd = open_regular(path)
    except OSError:
        return False
    try:
        return mark.is_file(fd)
    finally:
        os.close(fd)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
