"""What is remembered of every key: one row in each of a few arrays, by name.

Arrays grow by doubling; a key keeps its row as long as it lives, and a free row goes to the next
new key. A row is stored as the bytes of `ROW`, with its number, so that restored arrays are those
that were stored.
"""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.records.sums import ANY_CATEGORY

Key = tuple[str, str, str, str]
"""(channel, sub-processor, service, category): what has a baseline of its own."""

BINS: Final = 48
"""Hours of the day (UTC), on weekdays and on weekends."""
CLOCKS: Final = 9
"""Ways to say when it is weekend, see `bins`."""
SCALES: Final = 3
"""Lengths of windows that a dispersion is learnt for: 1, 10 and 60 minutes."""
WINDOWS: Final = 5
"""Lengths of windows that are judged as they pass: 1, 3, 10, 30 and 60 minutes."""
BLOCKS: Final = 5
MOVED: Final = 3
"""Ways that work may move: it comes an hour later, as usual, or an hour earlier."""
RATIOS: Final = 3
WAYS: Final = 5
"""Ways that ratios may go: each up, and the first two down."""
DAYS: Final = 28
LATEST: Final = 3
"""Hours before the one under way."""

Index = NDArray[np.int64]

ROW: Final = np.dtype(
    [
        ("total", "<u2", (BINS,)),  # discounted sum of what a bin's visits brought, see `coarse`
        ("visits", "u1", (BINS,)),  # how many there were
        ("last", "u1", (BINS,)),  # which visit of the feed the last of them was, modulo 256
        ("values", "<f4"),  # discounted, with `events`: how many come at once
        ("events", "<f4"),
        ("fill", "<f4"),  # discounted, with `fill_minutes`: how values stray, given their requests
        ("fill_minutes", "<f4"),
        ("bulk", "<f4"),  # the most that a minute lately had above what its requests usually hold
        ("level", "<f4"),  # discounted sum of hours, and of what the fleet's rhythm gave them
        ("level_hours", "<f4"),
        ("level_last", "<u4"),
        ("excess", "<f4", (SCALES,)),  # dispersion: weighted sum, and its weights
        ("weight", "<f4", (SCALES,)),
        ("days", "<f2", (DAYS,)),  # ln(1 + people or requests) of a day, by its number modulo DAYS
        ("days_full", "u1", (DAYS,)),  # values of it to a request, see `leak`; 0 for unknown
        ("days_people", "u1", (DAYS,)),  # and its distinct people
        ("day", "<f4"),  # people of each of the day's closed hours, added up, or requests
        ("day_values", "<f4"),  # and values
        ("days_at", "<u4"),  # the newest of them; 0 for none
        ("ratio", "<f4", (RATIOS,)),  # ln of a ratio: mean, variance, hours seen, latest hours
        ("ratio_spread", "<f2", (RATIOS,)),
        ("ratio_hours", "<f2", (RATIOS,)),
        ("ratio_now", "<f2", (RATIOS,)),
        ("ratio_sum", "<f2", (WAYS,)),  # of what lies above the mean, and of what lies below
        ("ratio_top", "<f2", (WAYS,)),  # the highest that sum was since 0; below 0 if it was told
        ("volume", "<f4"),  # ln of an hour's values: mean, variance, and how people to a value go
        ("volume_spread", "<f2"),  # with it
        ("volume_people", "<f2"),
        ("before", "<f4", (LATEST,)),  # what the feed's latest hours brought
        (
            "blocks",
            "<f4",
            (BLOCKS,),
        ),  # tens of minutes, newest first, before the one
        ("blocks_before", "<u4"),  # with which an hour began
        ("quiet_since", "<u4"),  # an hour, 0 for none
        ("quiet_hours", "<u2"),
        ("quiet_seen", "<f4"),
        ("quiet_expected", "<f4"),
        ("hot", "<u4"),  # the last hour with an alarm
        ("hot_bins", "<u8"),  # bins with alarms since the last answer
        ("hot_seen", "<f4"),
        ("hot_expected", "<f4"),
        ("hot_lump", "<f4"),  # the most that a minute of those hours had above its requests' usual
        ("hot_events", "<f4"),  # the requests that held `hot_seen`
        ("peak", "<f4"),  # what the busiest minute of a day usually has
        ("peak_excess", "<f2"),  # how much that strays from batch to batch: weighted sum, and its
        ("peak_weight", "<f2"),  # weights
        ("peaks", "<f2"),  # surprises beyond what is usual, see `tails`: how many, and by how
        ("peaks_far", "<f2"),  # much, discounted, up to an hour of the key's life
        ("peaks_at", "<u4"),
        ("bar", "<f4"),  # raised by false positives
        ("born", "<u4"),  # an hour
        ("came", "<u4"),  # the last minute since 1970 with traffic
        ("gap", "<f2", (MOVED,)),  # what a service should have had since, before the hour under way
        ("clock", "u1"),  # by which it has its weekend, as its whole service; of the service, how
        ("clock_scores", "<f2", (CLOCKS,)),  # much less likely each is than the best
        ("registered", "?"),
    ]
)
"""As it is stored. Times are whole hours since 1970, but for `came`. About 550 bytes."""
COARSE: Final = {"total"}
"""Fields of which the upper half of each number is stored."""


RUN: Final = np.dtype(
    [
        ("count", "<f8"),  # values, or requests, of the hour so far
        ("events", "<f8"),
        ("size", "<f8"),
        ("peak", "<f8"),  # its busiest minute
        ("top", "<f4", (WINDOWS,)),  # the highest surprise of windows of each length
        ("top_fuller", "<f4"),  # and of values against their requests
        ("fill", "<f4"),  # how values stray from what their requests hold: sum over minutes, and
        ("fill_minutes", "<f4"),  # how many they are
        ("lump", "<f4"),  # and the most that one had above it
        ("squares", "<f8", (2,)),  # sums of squares of its minutes, and of its tens of minutes
        ("block", "<f8"),  # the ten minutes under way, and which they are
        ("block_at", "<u4"),
        ("block_events", "<f4"),
        ("blocks", "<f4", (BLOCKS,)),  # the tens of minutes before it, newest first
        ("ring", "<f4", (10,)),  # the last ten minutes, and the newest of them
        ("ring_at", "<u4"),
    ]
)
"""What is under way for a key. Minutes are counted since 1970."""


def coarse(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """Rounded to eight binary digits, as they are stored (bfloat16: within 0.4 %, far less than any
    hour strays): what is restored is what was."""
    bits = np.asarray(numbers, "<f4").view("<u4")
    return ((bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000)).view("<f4")


class Table:
    """Arrays of one record type, by field: `of[name][row]`. The parts of a wide field lie one after
    the other in memory: nearly every step reads or writes one part, such as a bin, of many rows.
    Rows of it are had by indexing: their `take` would first copy all of the field."""

    def __init__(self, kind: "np.dtype[Any]") -> None:
        self.kind = kind
        self.of: dict[str, NDArray[Any]] = {
            name: np.zeros((0, *kind[name].shape), "<f4" if name in COARSE else kind[name].base)
            for name in kind.names or ()
        }
        self.size = 0

    def reach(self, row: int) -> None:
        """Makes room for a row."""
        if row < self.size:
            return
        self.size = max(64, 2 * self.size, row + 1)
        for name, array in self.of.items():
            grown = np.zeros((self.size, *array.shape[1:]), array.dtype, order="F")
            grown[: len(array)] = array
            self.of[name] = grown

    def numbers(self, name: str, rows: Index) -> NDArray[np.float64]:
        """A field of some rows, to calculate with; of a wide one (its parts, rows)."""
        return self.of[name].T.take(rows, axis=-1).astype(np.float64)

    def clear(self, rows: Index | int) -> None:
        for array in self.of.values():
            array[rows] = 0

    def pack(self, rows: Sequence[int]) -> list[bytes]:
        """Each row as bytes."""
        packed, at = np.empty(len(rows), self.kind), np.array(rows, np.int64)
        for name, array in self.of.items():
            packed[name] = array[at].view("<u4") >> 16 if name in COARSE else array[at]
        return [one.tobytes() for one in packed]

    def put(self, rows: Sequence[int], packed: Sequence[bytes]) -> None:
        """What `pack` gave, back in its places; ValueError for anything else."""
        if any(len(data) != self.kind.itemsize for data in packed):
            raise ValueError("the state of a key has another length than this program's")
        self.reach(max(rows, default=0))
        at = np.array(rows, np.int64)
        for name, numbers in self.unpack(b"".join(packed)).items():
            self.of[name][at] = numbers

    def unpack(self, packed: bytes) -> dict[str, NDArray[Any]]:
        """What `pack` gave of some rows, one after the other, by field."""
        records = np.frombuffer(packed, self.kind)
        return {
            name: (records[name].astype("<u4") << 16).view("<f4")
            if name in COARSE
            else records[name]
            for name in self.of
        }


class Rows(Table):
    """The rows of all keys, and which key has which."""

    def __init__(self) -> None:
        super().__init__(ROW)
        self.running = Table(RUN)
        self.keys: list[Key | None] = []
        self.index: dict[Key, int] = {}
        self.group: dict[str, NDArray[np.int64]] = {
            name: np.zeros(0, np.int64) for name in ("subprocessor", "category", "service")
        }
        """Numbers of what each row has in common with others."""
        self.live = np.zeros(0, np.bool_)
        self.whole = np.zeros(0, np.bool_)
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []

    @property
    def used(self) -> int:
        """Rows below this number may be in use."""
        return len(self.keys)

    def alive(self) -> Index:
        """The rows that hold a key, in their order."""
        return np.nonzero(self.live[: self.used])[0]

    def calm(self, hour: int) -> Index:
        """The rows without an alarm in an hour, or in the one before."""
        alive = self.alive()
        return alive[self.of["hot"][alive].astype(np.int64) < hour - 1]

    def of_all(self) -> Index:
        """The rows that count all requests of a service, in their order."""
        return np.nonzero(self.live[: self.used] & self.whole[: self.used])[0]

    def key(self, row: int) -> Key:
        """The key of a row in use."""
        found = self.keys[row]
        if found is None:
            raise KeyError(row)
        return found

    def whole_of(self, row: int) -> int:
        """The row that counts all requests of a row's service, or the row itself."""
        return self.index.get((*self.key(row)[:3], ANY_CATEGORY), row)

    def metric(self, row: int) -> str:
        """What the row counts: requests of a whole service, or values of a category."""
        return "events" if self.key(row)[3] == ANY_CATEGORY else "values"

    def add(self, key: Key) -> int:
        """The row of a new key, zeroed: the first that is free."""
        row = heappop(self._free) if self._free else len(self.keys)
        self._assign(key, row)
        return row

    def remove(self, row: int) -> Key:
        """Frees a row; the key that had it."""
        key = self.key(row)
        del self.index[key]
        self.keys[row] = None
        self.live[row] = False
        self.clear(row)
        self.running.clear(row)
        heappush(self._free, row)
        while self.keys and self.keys[-1] is None:  # as they would be restored
            self.keys.pop()
        return key

    def restore(self, keys: Mapping[Key, int], packed: Sequence[bytes]) -> None:
        """Stored keys in their old rows. Then call `settle`."""
        for key, row in keys.items():
            self._assign(key, row)
        self.put(list(keys.values()), packed)

    def settle(self) -> None:
        self._free = [row for row, key in enumerate(self.keys) if key is None]
        heapify(self._free)

    def _assign(self, key: Key, row: int) -> None:
        self.reach(row)
        self.running.reach(row)
        self.keys.extend([None] * (row + 1 - len(self.keys)))
        self.keys[row] = key
        self.index[key] = row
        channel, subprocessor, service, category = key
        for name, value in (
            ("subprocessor", f"{channel}|{subprocessor}"),
            ("category", f"{channel}/{category}"),
            ("service", f"{channel}|{subprocessor}|{service}"),
        ):
            self.group[name] = _long(self.group[name], self.size)
            self.group[name][row] = self._numbers.setdefault(value, len(self._numbers))
        self.live, self.whole = _long(self.live, self.size), _long(self.whole, self.size)
        self.live[row], self.whole[row] = True, category == ANY_CATEGORY


def _long(array: NDArray[Any], size: int) -> NDArray[Any]:
    """The array, with zeros behind it up to a size."""
    if len(array) >= size:
        return array
    return np.concatenate([array, np.zeros(size - len(array), array.dtype)])
