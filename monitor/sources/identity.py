"""Which file a position belongs to, although names move on when logs rotate."""

import os
import stat
import zlib
from typing import NamedTuple, Self

_HEAD = 512
# From so many equal first bytes on, a file with another inode is the same one, moved or restored.
_TELLING = 128


class Inode(NamedTuple):
    device: int
    number: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        return cls(status.st_dev, status.st_ino)


class Mark(NamedTuple):
    """A file's identity, as it is kept in `Position.mark`.

    `generation` counts the files that the partition has had, so that record ids never repeat.
    The inode alone would not do: it is used again after a deletion, and changes when data moves to
    another machine. So the checksum of the first `head` bytes goes with it (a checksum of 32
    bits, which tells nothing about the content).
    """

    inode: Inode
    generation: int
    head: int
    checksum: int

    @classmethod
    def of(cls, fd: int, generation: int) -> Self:
        data = os.pread(fd, _HEAD, 0)
        return cls(Inode.of(os.fstat(fd)), generation, len(data), zlib.crc32(data))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The mark in `text`; None where there is none, or one of another kind of source."""
        try:
            device, number, generation, head, checksum = map(int, text.split(":"))
        except ValueError:
            return None
        return cls(Inode(device, number), generation, head, checksum)

    def __str__(self) -> str:
        return ":".join(map(str, (*self.inode, self.generation, self.head, self.checksum)))

    def grown(self, fd: int) -> Self:
        """The same mark with as much of the file's head as there is now, while it was short."""
        if self.head == _HEAD or not self.head_matches(fd):
            return self
        return self.of(fd, self.generation)

    def head_matches(self, fd: int) -> bool:
        data = os.pread(fd, self.head, 0)
        return len(data) == self.head and zlib.crc32(data) == self.checksum

    def is_file(self, fd: int) -> bool:
        """The very same file, and not one that got its inode or was rewritten in place."""
        return Inode.of(os.fstat(fd)) == self.inode and self.head_matches(fd)

    def is_copy(self, fd: int) -> bool:
        """Another file with the same beginning: moved, restored, or on a renumbered device."""
        return self.head >= _TELLING and self.head_matches(fd)


def open_regular(path: os.PathLike[str]) -> int:
    """A descriptor for reading; OSError for what is no regular file (a pipe would block us)."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError("not a regular file")
    return fd
