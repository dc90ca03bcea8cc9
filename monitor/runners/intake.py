"""Reading: many partitions into one stream that is aligned by event time and cut into batches.

The next record always comes from the partition whose event time is furthest behind. So windows
close evenly whatever the number of files, and the order depends only on what the partitions hold:
a run after a crash reads the same batches as the run that crashed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace

from detectors.ids import storable_id
from detectors.records import DeadLetter, Event, RecordError
from detectors.windows import BEGINNING, Watermark
from monitor.clock import Clock
from monitor.formats.base import Format
from monitor.runners.reading import dead_letter, read_event
from monitor.sources.base import Partition, Position, RawRecord, Source
from monitor.stages.scan import Incoming
from monitor.state.store import Progress


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """Bounds of a batch and of event time."""

    records: int = 500
    size: int = 8 * 1024 * 1024
    lateness: timedelta = timedelta(minutes=5)
    idle: timedelta = timedelta(minutes=1)
    future: timedelta = timedelta(hours=1)


@dataclass(slots=True)
class Batch:
    """Some records, decoded, with the positions that they reach."""

    incoming: list[Incoming] = field(default_factory=list[Incoming])
    dead_letters: list[DeadLetter] = field(default_factory=list[DeadLetter])
    progress: dict[str, Progress] = field(default_factory=dict[str, Progress])
    places: dict[str, tuple[str, int, int]] = field(default_factory=dict[str, tuple[str, int, int]])
    """By event id: partition, offset and size, for a dead letter that a later stage decides."""
    records: int = 0
    size: int = 0

    def __bool__(self) -> bool:
        return self.records > 0


@dataclass(slots=True)
class _Cursor:
    partition: Partition
    watermark: Watermark
    position: Position
    waits_since: float | None = None
    """Since when it has had nothing to read; None while it has."""
    passed_until: float | None = None
    """Up to when silence has been added to its event time."""
    refused_last: bool = False

    def __lt__(self, other: "_Cursor") -> bool:
        mine = (self.watermark.time, self.partition.name)
        return mine < (other.watermark.time, other.partition.name)

    def progress(self) -> Progress:
        return Progress(self.position, self.watermark.time)


class Intake:
    """Reads batches from all partitions of all sources and keeps their watermarks."""

    def __init__(
        self,
        sources: Sequence[Source],
        formats: Callable[[str], Format],
        clock: Clock,
        settings: IntakeSettings,
    ) -> None:
        self._sources = sources
        self._formats = formats
        self._clock = clock
        self._settings = settings
        self._stored: dict[str, Progress] = {}
        self._cursors: dict[str, _Cursor] = {}
        self._reached = BEGINNING

    def open(self, stored: dict[str, Progress]) -> None:
        """Starts every source at the committed positions."""
        self._stored = stored
        positions = {name: one.position for name, one in stored.items()}
        for source in self._sources:
            source.open(positions)

    def read(self) -> Batch:
        """The next batch; empty where no partition has a record now."""
        batch = Batch()
        ready = [cursor for cursor in self._find() if not cursor.partition.exhausted]
        for cursor in ready:
            if cursor.partition.urgent:
                self._take_some(cursor, self._settings.records // 2, batch)
        heapify(ready)
        refused: Counter[str] = Counter()
        while ready and self._has_room(batch):
            cursor = ready[0]
            if not self._take_next(cursor, batch):
                heappop(ready)
                continue
            refused[cursor.partition.name] += cursor.refused_last
            if refused[cursor.partition.name] > self._settings.records // 2:
                heappop(ready)  # it may hold nothing else, and has no event time to be ahead with
            else:
                heapreplace(ready, cursor)
        return batch

    def _has_room(self, batch: Batch) -> bool:
        return batch.records < self._settings.records and batch.size < self._settings.size

    def _take_some(self, cursor: _Cursor, most: int, batch: Batch) -> None:
        """Somebody waits for these: they do not wait until older events elsewhere are read."""
        end = batch.records + max(1, most)
        while batch.records < end and self._has_room(batch) and self._take_next(cursor, batch):
            pass

    def _take_next(self, cursor: _Cursor, batch: Batch) -> bool:
        """Reads one record into the batch; False where there is none now."""
        record = cursor.partition.read()
        if record is not None:
            self._take(cursor, record, batch)
            return True
        if cursor.waits_since is None:
            cursor.waits_since = cursor.passed_until = self._clock.monotonic()
        return False

    @property
    def exhausted(self) -> bool:
        """True when no partition will ever have another record."""
        return all(cursor.partition.exhausted for cursor in self._find())

    @property
    def watermark(self) -> datetime:
        """Event time up to which every partition that still speaks has come; never goes back.

        A partition that has had nothing for the idle time holds nobody back; where all are so,
        the furthest counts.
        """
        open_ones = [one for one in self._cursors.values() if not one.partition.exhausted]
        speaking = [one.watermark.value for one in open_ones if not self._is_idle(one)]
        waiting = [one.watermark.value for one in open_ones]
        if speaking:
            self._reached = max(self._reached, min(speaking))
        elif waiting:
            self._reached = max(self._reached, *waiting)
        return self._reached

    @property
    def newest(self) -> datetime:
        """The newest event time of any partition."""
        return max((one.watermark.time for one in self._cursors.values()), default=BEGINNING)

    def pass_time(self) -> dict[str, Progress]:
        """Where every partition is idle, event time goes on as fast as the clock does, in steps of
        the idle time; what moved."""
        open_ones = [one for one in self._cursors.values() if not one.partition.exhausted]
        if not all(self._is_idle(one) for one in open_ones):
            return {}
        moved: dict[str, Progress] = {}
        now = self._clock.monotonic()
        for cursor in open_ones:
            silent = now - (cursor.passed_until or 0.0)
            if cursor.watermark.time > BEGINNING and silent >= self._settings.idle.total_seconds():
                cursor.watermark.time += timedelta(seconds=silent)
                cursor.passed_until = now
                moved[cursor.partition.name] = cursor.progress()
        return moved

    def _find(self) -> list[_Cursor]:
        """A cursor for every partition there is now."""
        for source in self._sources:
            for partition in source.partitions():
                known = self._cursors.get(partition.name)
                if known is None:
                    self._cursors[partition.name] = self._cursor(partition)
                elif known.partition is not partition:
                    known.partition = partition
        return list(self._cursors.values())

    def _cursor(self, partition: Partition) -> _Cursor:
        stored = self._stored.get(partition.name, Progress(Position(), BEGINNING))
        watermark = Watermark(self._settings.lateness, stored.event_time)
        return _Cursor(partition, watermark, stored.position)

    def _is_idle(self, cursor: _Cursor) -> bool:
        if cursor.waits_since is None:
            return False
        waited = self._clock.monotonic() - cursor.waits_since
        return waited >= self._settings.idle.total_seconds()

    def _take(self, cursor: _Cursor, record: RawRecord, batch: Batch) -> None:
        cursor.refused_last = False
        try:
            event = self._event(cursor, record)
        except RecordError as error:
            cursor.refused_last = True
            batch.dead_letters.append(
                self.dead_letter(
                    cursor.partition.name, record.offset, record.size, error, record.id
                )
            )
        else:
            late = cursor.watermark.observe(event.timestamp, self._clock.now())
            event_id = storable_id(event.event.id) or record.id
            batch.incoming.append(Incoming(event_id, late, event))
            batch.places[event_id] = (cursor.partition.name, record.offset, record.size)
        cursor.position = record.next
        cursor.waits_since = cursor.passed_until = None
        batch.progress[cursor.partition.name] = cursor.progress()
        batch.records += 1
        batch.size += record.size

    def _event(self, cursor: _Cursor, record: RawRecord) -> Event:
        if record.refused:
            raise RecordError(*record.refused)
        form = self._formats(cursor.partition.format)
        return read_event(record.data, form, self._clock.now(), self._settings.future)

    def dead_letter(
        self, partition: str, offset: int, size: int, error: RecordError, record_id: str
    ) -> DeadLetter:
        """A refused record, by reference; its time is the event time its partition had reached."""
        time = self._cursors[partition].watermark.time
        reached = time if time > BEGINNING else self._clock.now()
        return dead_letter(partition, offset, size, error, record_id, reached)
