"""What lies between the HTTP server's thread and the runner's: requests until they are committed.

A request is admitted whole or not at all, answered when all its records are committed, and known
by its idempotency key meanwhile and for a while after.
"""

import threading
from collections import OrderedDict, deque
from concurrent.futures import Future
from enum import Enum, auto
from secrets import token_hex

from detectors.ids import stable_id
from monitor.sources.base import Position, RawRecord
from monitor.sources.framing import Line

_REMEMBERED_KEYS = 10_000


class Refused(Enum):
    """Why a request was not admitted."""

    FULL = auto()
    OTHER_BODY = auto()
    STOPPING = auto()


class Admitted:
    """One request under way. `done` gives how many records were accepted, once they are
    committed; it is cancelled if the source stops before."""

    def __init__(self, digest: str, lines: list[Line]) -> None:
        self.digest = digest
        self.count = len(lines)
        self.size = sum(line.end - line.start for line in lines)
        self.last = 0  # the offset after its last record
        self.done: Future[int] = Future()


class IngestQueue:
    """Thread-safe. `capacity` and `capacity_bytes` bound what is admitted and not committed."""

    def __init__(self, name: str, capacity: int, capacity_bytes: int) -> None:
        self._name = name
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._bytes = 0  # of the requests that wait
        self._lock = threading.Lock()
        self._records: deque[RawRecord] = deque()
        self._waiting: deque[Admitted] = deque()
        self._by_key: OrderedDict[str, Admitted] = OrderedDict()
        self._offset = 0  # of the next record to come
        self._read = 0  # the offset after the last one handed out
        self._committed = 0
        self._stopping = False

    @property
    def waiting(self) -> int:
        """How many records are admitted and not committed."""
        return self._offset - self._committed

    def start(self, offset: int) -> None:
        self._offset = self._read = self._committed = offset

    def admit(self, key: str, digest: str, lines: list[Line]) -> Admitted | Refused:
        """Queues the records of a request, or joins it to an earlier one of the same key."""
        with self._lock:
            if self._stopping:
                return Refused.STOPPING
            earlier = self._by_key.get(key) if key else None
            if earlier is not None:
                return earlier if earlier.digest == digest else Refused.OTHER_BODY
            admitted = Admitted(digest, lines)
            if self.waiting + admitted.count > self._capacity:
                return Refused.FULL
            if self._bytes + admitted.size > self._capacity_bytes:
                return Refused.FULL
            return self._queue(key, admitted, lines)

    def _queue(self, key: str, admitted: Admitted, lines: list[Line]) -> Admitted:
        request = f"key:{key}" if key else f"request:{token_hex(16)}"
        for number, line in enumerate(lines):
            self._records.append(self._record(stable_id(self._name, request, number), line))
        admitted.last = self._offset
        self._bytes += admitted.size
        if key:
            self._by_key[key] = admitted
        if lines:
            self._waiting.append(admitted)
        else:
            admitted.done.set_result(0)
        self._forget()
        return admitted

    def _record(self, id_: str, line: Line) -> RawRecord:
        offset = self._offset
        self._offset += 1
        return RawRecord(
            id=id_, offset=offset, next=Position(offset=self._offset), data=line.data or b""
        )

    def _forget(self) -> None:
        """Drops the oldest keys that are done; the store knows their records by their ids."""
        while len(self._by_key) > _REMEMBERED_KEYS:
            key, oldest = next(iter(self._by_key.items()))
            if not oldest.done.done():
                return
            del self._by_key[key]

    def read(self) -> RawRecord | None:
        with self._lock:
            if not self._records:
                return None
            record = self._records.popleft()
            self._read = record.next.offset
            return record

    def committed(self) -> None:
        """Everything handed out is committed: the requests that are whole with it are done."""
        done: list[Admitted] = []
        with self._lock:
            self._committed = self._read
            while self._waiting and self._waiting[0].last <= self._committed:
                done.append(self._waiting.popleft())
                self._bytes -= done[-1].size
        for admitted in done:
            admitted.done.set_result(admitted.count)

    def stop(self) -> None:
        """Admits no more, and gives up what is not committed: its senders will send it again."""
        with self._lock:
            self._stopping = True
            waiting = list(self._waiting)
            self._waiting.clear()
            self._records.clear()
        for admitted in waiting:
            admitted.done.cancel()
