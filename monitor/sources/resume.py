"""From a committed position to the file, and the place in it, where reading goes on."""

import os
from pathlib import Path
from typing import NamedTuple

from monitor.sources.base import Position
from monitor.sources.identity import Inode, Mark, open_regular
from monitor.sources.opened import is_har
from monitor.sources.rotation import find_rotated
from monitor.sources.streams import is_gzip


class Place(NamedTuple):
    """An open file and where to go on in it. `lost`: the file that was being read is gone, and
    whether it was read to its end cannot be known."""

    fd: int
    generation: int
    offset: int
    lost: bool = False


def find_place(path: Path, position: Position, *, follow: bool) -> Place | None:
    """Where to go on; None where there is no file yet. Raises OSError if it cannot be opened.

    The file at `path` may have been rotated away, truncated, or replaced since. A file that is
    not the position's is read from its beginning, as the next generation.
    """
    mark = Mark.parse(position.mark)
    try:
        fd = open_regular(path)
    except FileNotFoundError:
        if not follow:
            raise
        rotated = _open_rotated(path, mark) if mark else None
        return rotated and rotated._replace(offset=position.offset)
    if mark is None:
        return Place(fd, 0, position.offset)
    if mark.is_file(fd):
        return _same(path, fd, mark, position.offset)
    if follow and (rotated := _open_rotated(path, mark)):
        os.close(fd)
        return rotated._replace(offset=position.offset)
    if mark.is_copy(fd):
        return _same(path, fd, mark, position.offset)
    in_place = Inode.of(os.fstat(fd)) == mark.inode  # truncated and written anew: nothing is left
    lost = follow and position.offset > 0 and not in_place
    return Place(fd, mark.generation + 1, 0, lost)


def _same(path: Path, fd: int, mark: Mark, offset: int) -> Place:
    counts_bytes = not is_har(path) and not is_gzip(fd)
    if counts_bytes and os.fstat(fd).st_size < offset:
        return Place(fd, mark.generation + 1, 0)
    return Place(fd, mark.generation, offset)


def _open_rotated(path: Path, mark: Mark) -> Place | None:
    found = find_rotated(path, mark)
    if found is None:
        return None
    fd = open_regular(found)
    if mark.is_file(fd):
        return Place(fd, mark.generation, 0)
    os.close(fd)
    return None  # rotated once more, just now: the next attempt finds it
