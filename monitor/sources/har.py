"""The entries of a HAR file, one after the other: the whole is never in memory."""

from collections import deque
from typing import Any, cast

import ijson
import msgspec

from monitor.sources.readers import Piece, too_large
from monitor.sources.streams import ByteStream, Damaged

_MALFORMED = "malformed-har"
_BOM = b"\xef\xbb\xbf"
# An entry is parsed before its size is known (its response does not count). One that takes so many
# times the limit is not waited for.
_PATIENCE = 8


class HarReader:
    """Entries; offsets are their numbers. After a fault in the file nothing more can be read."""

    def __init__(self, stream: ByteStream, offset: int, limit: int, *, live: bool) -> None:
        self.live = live
        self.ended = False
        self.unfinished = False
        self._position = offset
        self._stream = stream
        self._limit = limit
        self._number = 0  # of the next entry that the parser gives
        self._waited = 0  # bytes since the last one
        self._parsed = cast("list[Any]", ijson.sendable_list())
        self._parser = ijson.items_coro(self._parsed, "log.entries.item", use_float=True)
        self._ready: deque[Piece] = deque()

    @property
    def position(self) -> int:
        return self._position

    def read(self) -> Piece | None:
        while not self._ready:
            if self.ended or self.unfinished:
                return None
            try:
                self._parse()
            except Damaged as damage:
                self._stop(damage)
        piece = self._ready.popleft()
        self._position = piece.end
        return piece

    def _parse(self) -> None:
        data = self._stream.read()
        try:
            if data:
                first = self._waited == self._number == 0
                self._parser.send(data.removeprefix(_BOM) if first else data)
            else:
                self._parser.close()
        except ijson.JSONError:
            self._take()
            problem = "the file is cut off" if not data else "not JSON from here on"
            raise self._damage(_MALFORMED, problem, unfinished=not data) from None
        self._waited += len(data)
        self._take()
        if not data:
            if self._number == 0 and b'"entries"' not in self._stream.head():
                raise self._damage(_MALFORMED, "there is no log.entries: not a HAR file")
            self.ended = True
        elif self._waited > self._limit * _PATIENCE:
            raise self._damage("record-too-large", "an entry does not end within all bounds")

    def _damage(self, reason: str, problem: str, *, unfinished: bool = False) -> Damaged:
        return Damaged(reason, problem, self._number, unfinished=unfinished)

    def _take(self) -> None:
        for entry in self._parsed:
            if self._number >= self._position:
                self._ready.append(_piece(self._number, entry, self._limit))
            self._number += 1
            self._waited = 0
        self._parsed.clear()

    def _stop(self, damage: Damaged) -> None:
        if self.live and damage.unfinished:
            self.unfinished = True
            return
        self.ended = True
        if self._number >= self._position:
            self._ready.append(
                Piece(self._number, self._number + 1, b"", 0, (damage.reason, damage.problem))
            )


def _piece(number: int, entry: Any, limit: int) -> Piece:
    if isinstance(entry, dict):
        response = cast("dict[str, Any]", entry).get("response")
        if isinstance(response, dict):  # what came back did not leave, and may be large
            cast("dict[str, Any]", response).pop("content", None)
    try:
        data = msgspec.json.encode(entry)
    except RecursionError:
        problem = "nested deeper than a record may be"
        return Piece(number, number + 1, b"", 0, ("too-deep", problem))
    if len(data) > limit:
        return too_large(number, number + 1, len(data), limit)
    return Piece(number, number + 1, data, len(data))
