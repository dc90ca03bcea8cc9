"""One partition of a FileSource: the file at one path, through all its rotations."""

from pathlib import Path

from detectors.ids import position_id, stable_id
from monitor.formats.sniff import sniff
from monitor.sources.base import Position, RawRecord
from monitor.sources.identity import Mark, open_regular
from monitor.sources.opened import OpenedFile, is_har
from monitor.sources.readers import Piece
from monitor.sources.resume import Place, find_place
from monitor.sources.rotation import next_file


class FilePartition:
    """The records at `path`. Followed, it waits at the end, like `tail -F`: for more, for the
    file that replaces this one, for the file to appear. Otherwise it ends with the file.

    A record's id comes from the partition's name, the file's generation and the offset.
    """

    def __init__(
        self, name: str, path: Path, position: Position, *, format_: str, follow: bool, limit: int
    ) -> None:
        self._name = name
        self._path = path
        self._position = position
        self._wanted_format = format_
        self._har = format_ == "har" or (format_ == "auto" and is_har(path))
        self._format = "har" if self._har else "" if format_ == "auto" else format_
        self._follow = follow
        self._limit = limit
        self._file: OpenedFile | None = None
        self._new_generation: int | None = None  # where no file's position is to be resumed
        self._idle = False  # at the end of the file, when last looked
        self._told = False  # that the file cannot be read
        self.urgent = False
        self._exhausted = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def format(self) -> str:
        """Known once a record was read; the format of a file found out by its first line."""
        return self._format or "ecs"

    @property
    def exhausted(self) -> bool:
        return self._exhausted

    def read(self) -> RawRecord | None:
        if self._exhausted:
            return None
        try:
            return self._next()
        except OSError as error:
            if self._follow and isinstance(error, FileNotFoundError):
                return None  # renamed just now; it comes back
            return self._unreadable(error)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _next(self) -> RawRecord | None:
        while True:
            if self._file is None:
                place = self._place()
                if place is None:
                    return None
                self._open(place)
                if place.lost:
                    return self._lost()
            elif self._idle and self._file.rewritten():
                self._restart(self._path)
            record = self._read()
            if record is not None or not self._go_on():
                return record

    def _place(self) -> Place | None:
        if self._new_generation is None:
            return find_place(self._path, self._position, follow=self._follow)
        return Place(open_regular(self._path), self._new_generation, 0)

    def _open(self, place: Place) -> None:
        self.close()
        self._file = OpenedFile(
            place.fd,
            generation=place.generation,
            offset=place.offset,
            har=self._har,
            limit=self._limit,
            live=self._follow,
        )
        self._new_generation = None
        self._idle = False
        if self._wanted_format == "auto" and not self._har:
            self._format = ""

    def _restart(self, path: Path) -> None:
        """Goes to the file that took the present one's place, from its beginning."""
        generation = self._file.generation + 1 if self._file else 0
        self._open(Place(open_regular(path), generation, 0))

    def _read(self) -> RawRecord | None:
        file = self._file
        piece = file.read() if file else None
        if file is None or piece is None:
            return None
        self._idle = self._told = False
        if not self._format:
            self._format = sniff(file.head())
        return self._record(file, piece)

    def _go_on(self) -> bool:
        """At the end of the file: whether there is more to be read at once."""
        file = self._file
        if file is None or not self._follow:
            self.close()
            self._exhausted = True
            return False
        status = file.status()
        following = next_file(self._path, status)
        deleted = status.st_nlink == 0
        if following is None and not deleted:
            self._idle = True
            return False
        if not file.ended:
            file.finish()  # its last line may lack its end
            return True
        if following is not None:
            self._restart(following)
            return True
        self._new_generation = file.generation + 1
        self.close()
        return False

    def _record(self, file: OpenedFile, piece: Piece) -> RawRecord:
        self._position = Position(offset=piece.end, mark=file.mark)
        return RawRecord(
            id=position_id(self._name, file.generation, piece.start),
            offset=piece.start,
            next=self._position,
            data=piece.data,
            size=piece.size,
            refused=piece.refused,
        )

    def _lost(self) -> RawRecord:
        before = self._position
        problem = (
            "the file that was read up to here was rotated away and is not in its folder any more "
            "(a longer retention, or compression after a delay, keeps it within reach)"
        )
        self._position = Position(offset=0, mark=self._file.mark if self._file else "")
        return self._refused(before, self._position, "rotated-away", problem)

    def _unreadable(self, error: OSError) -> RawRecord | None:
        """One refused record, once; the position stays, so that a later run tries again."""
        self.close()
        self._exhausted = not self._follow
        if self._told:
            return None
        self._told = True
        problem = f"cannot be read: {error.strerror or 'not a regular file'}; check its permissions"
        return self._refused(self._position, self._position, "unreadable-file", problem)

    def _refused(self, at: Position, then: Position, reason: str, problem: str) -> RawRecord:
        mark = Mark.parse(at.mark)
        return RawRecord(
            id=stable_id(self._name, mark.generation if mark else 0, at.offset, reason),
            offset=at.offset,
            next=then,
            refused=(reason, problem),
        )
