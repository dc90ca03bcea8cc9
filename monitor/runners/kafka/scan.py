"""The scan stage over Kafka: events into flows, sums, policy findings and dead letters.

It keeps no state. How far event time has come in a source partition is committed beside the
partition's offset, and so moves with it to whoever takes it over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detectors.ids import position_id, storable_id
from detectors.records import DeadLetter, Event, Flow, RecordError
from detectors.windows import BEGINNING, Watermark, hour_of, minute_of
from monitor.clock import Clock
from monitor.formats import FORMATS
from monitor.kafka.topics import InputTopic, Topics
from monitor.runners.intake import IntakeSettings
from monitor.runners.kafka.assignment import Place, Start
from monitor.runners.kafka.base import Out, Taken, Transact
from monitor.runners.kafka.codec import partition_of, wire
from monitor.runners.kafka.deadletters import DeadLetterLimit, NewLimit
from monitor.runners.kafka.sealing import Sealer
from monitor.runners.kafka.tally import Tally
from monitor.runners.kafka.transaction import TooLargeError
from monitor.runners.reading import dead_letter, read_event
from monitor.stages.scan import Incoming, Scanned, ScanStage
from monitor.stages.watermarks import SourceMark


@dataclass(slots=True)
class _Cursor:
    """What is known of one source partition, since it was taken over."""

    watermark: Watermark
    limit: DeadLetterLimit
    told: datetime = BEGINNING
    """Up to which minute the baseline knows."""
    hours: set[datetime] = field(default_factory=set[datetime])
    """Hours with events in time, that the baseline knows of."""
    fresh: set[datetime] = field(default_factory=set[datetime])
    """Hours that it does not know of yet."""
    idle: bool = False
    quiet_since: float = 0.0
    asked: float = 0.0


_Refused = tuple[Taken, DeadLetter]


class ScanShell:
    """See the module."""

    name = "scan"

    def __init__(
        self,
        stage: ScanStage,
        inputs: Sequence[InputTopic],
        topics: Topics,
        intake: IntakeSettings,
        max_record_bytes: int,
        limit: NewLimit,
        sealer: Sealer,
        at_end: Callable[[Place], bool],
        clock: Clock,
        tally: Tally,
    ) -> None:
        """`at_end` asks the broker whether a partition has been read to its end."""
        self.topics = [one.topic for one in inputs]
        self._formats = {one.topic: one.format for one in inputs}
        self._stage = stage
        self._out_topics = topics
        self._intake = intake
        self._max_record_bytes = max_record_bytes
        self._new_limit = limit
        self._sealer = sealer
        self._at_end = at_end
        self._clock = clock
        self._tally = tally
        self._cursors: dict[Place, _Cursor] = {}

    def assign(self, starts: Mapping[Place, Start]) -> None:
        self._cursors = {place: self._cursor(start.note) for place, start in starts.items()}

    def _cursor(self, note: str) -> _Cursor:
        now = self._clock.monotonic()
        moment, _, weighed = note.partition(" ")
        watermark = Watermark(
            self._intake.lateness, datetime.fromisoformat(moment) if moment else BEGINNING
        )
        return _Cursor(watermark, self._new_limit(weighed), quiet_since=now, asked=now)

    def note(self, place: Place) -> str:
        """The event time that the partition has come to, and its dead letters."""
        cursor = self._cursors[place]
        return f"{cursor.watermark.time.isoformat()} {cursor.limit.note}"

    # -- records

    def take(self, records: Sequence[Taken], out: Out) -> None:
        events: list[Incoming] = []
        letters: list[_Refused] = []
        places: dict[str, Taken] = {}
        now = self._clock.now()
        for record in records:
            cursor = self._cursors[record.topic, record.partition]
            try:
                event = self._event(record, now)
            except RecordError as error:
                letters.append(self._letter(record, error))
                continue
            late = cursor.watermark.observe(event.timestamp, now)
            if not late:
                cursor.fresh.add(hour_of(event.timestamp))
            event_id = storable_id(event.event.id) or _position(record)
            events.append(Incoming(event_id, late, event))
            places[event_id] = record
        scanned = self._stage(events)
        letters += [
            self._letter(places[one.id], RecordError(one.reason, one.problem))
            for one in scanned.refused
        ]
        letters += self._send_flows(scanned.flows, places, out)
        keyed = self._out_topics.sums.partitions
        for part in scanned.sums:
            out.send(self._out_topics.sums, partition_of(part.subprocessor, keyed), wire(part))
        members = self._out_topics.members
        for one in scanned.members:
            out.send(members, partition_of(one.subprocessor, members.partitions), wire(one))
        for finding in scanned.findings:
            home = partition_of(finding.subprocessor, keyed)
            out.send(self._out_topics.findings, home, wire(finding))
        self._send_letters(letters, out)
        self._weigh(records, letters)
        self._tell({(record.topic, record.partition) for record in records}, out)
        self._count(events, [letter for _, letter in letters], scanned)

    def _count(
        self, events: Sequence[Incoming], letters: Sequence[DeadLetter], scanned: Scanned
    ) -> None:
        tally, late = self._tally, sum(one.late for one in events)
        tally.fresh += len(events) - late
        tally.late += late
        tally.inspected += sum(flow.inspected for flow in scanned.flows)
        tally.uninspected += sum(flow.uninspected_bytes for flow in scanned.flows)
        tally.findings += len(scanned.findings)
        tally.dead_letters.update(letter.reason for letter in letters)
        tally.reached = self._reached()

    def _reached(self) -> datetime:
        """Event time up to which all partitions that are not idle have come."""
        cursors = self._cursors.values()
        return min((one.watermark.value for one in cursors if not one.idle), default=BEGINNING)

    def _send_letters(self, letters: Sequence[_Refused], out: Out) -> None:
        topic = self._out_topics.dead_letters
        for record, letter in letters:
            home = partition_of(letter.id, topic.partitions)
            out.send(topic, home, wire(letter), **self._sealer.seal(record))

    def _weigh(self, records: Sequence[Taken], letters: Sequence[_Refused]) -> None:
        """In the order of the records: a batch may be longer than what is weighed."""
        reasons = {id(record): letter.reason for record, letter in letters}
        for record in records:
            limit = self._cursors[record.topic, record.partition].limit
            limit.passed(reasons.get(id(record), ""))

    def _send_flows(
        self, flows: Sequence[Flow], places: Mapping[str, Taken], out: Out
    ) -> list[_Refused]:
        """Sends flows; dead letters for those that no topic takes. They are in the sums."""
        topic, letters = self._out_topics.flows, list[_Refused]()
        for flow in flows:
            try:
                out.send(topic, partition_of(flow.id, topic.partitions), wire(flow))
            except TooLargeError:
                error = RecordError("flow-too-large", "what was found is longer than a record")
                letters.append(self._letter(places[flow.id], error))
        return letters

    def _event(self, record: Taken, now: datetime) -> Event:
        name = record.form or self._formats[record.topic]
        if record.value is None:
            raise RecordError("empty-record", "a record without a value is no event")
        if len(record.value) > self._max_record_bytes:
            limit = f"longer than worker.max_record_bytes ({self._max_record_bytes:,})"
            raise RecordError("too-large", limit)
        if name not in FORMATS:
            known = f"the header egresswatch-format names none of {', '.join(sorted(FORMATS))}"
            raise RecordError("unknown-format", known)
        return read_event(record.value, FORMATS[name], now, self._intake.future)

    def _letter(self, record: Taken, error: RecordError) -> _Refused:
        reached = self._cursors[record.topic, record.partition].watermark.time
        letter = dead_letter(
            f"{record.topic}/{record.partition}",
            record.offset,
            len(record.value or b""),
            error,
            _position(record),
            reached if reached > BEGINNING else self._clock.now(),
        )
        return record, letter

    # -- event time

    def _tell(self, touched: set[Place], out: Out) -> None:
        """Tells every partition of the sums how far these have come, where a minute has passed."""
        now = self._clock.monotonic()
        for place in sorted(touched):
            cursor = self._cursors[place]
            was_idle, cursor.idle, cursor.quiet_since = cursor.idle, False, now
            active = cursor.fresh - cursor.hours
            minute = minute_of(cursor.watermark.value)
            if was_idle or active or minute > cursor.told:
                self._mark(place, cursor.watermark.value, active, idle=False, out=out)
                cursor.told = minute
                cursor.hours = {hour for hour in cursor.hours | active if hour >= hour_of(minute)}
            cursor.fresh.clear()

    def turn(self, transact: Transact) -> None:
        """Partitions with nothing to read are idle after a while, and their time goes on with the
        clock. Whether there is nothing the broker must say: it may just not answer."""
        now, patience = self._clock.monotonic(), self._intake.idle.total_seconds()
        silent: list[Place] = []
        for place, cursor in self._cursors.items():
            if now - max(cursor.quiet_since, cursor.asked) < patience:
                continue
            cursor.asked = now
            if self._at_end(place):
                silent.append(place)
        if silent:
            transact(lambda out: self._tell_idle(silent, now, out))

    def _tell_idle(self, silent: Sequence[Place], now: float, out: Out) -> None:
        for place in silent:
            cursor = self._cursors[place]
            cursor.idle = True
            gone = timedelta(seconds=now - cursor.quiet_since)
            reached = cursor.watermark.value
            self._mark(
                place, reached + gone if reached > BEGINNING else reached, set(), idle=True, out=out
            )
        self._tally.reached = self._reached()

    def _mark(
        self, place: Place, reached: datetime, active: set[datetime], *, idle: bool, out: Out
    ) -> None:
        mark = SourceMark(
            source=f"{place[0]}/{place[1]}",
            watermark=reached,
            active=tuple(sorted(active)),
            idle=idle,
        )
        for partition in range(self._out_topics.sums.partitions):
            out.send(self._out_topics.sums, partition, wire(mark))


def _position(record: Taken) -> str:
    return position_id(f"{record.topic}/{record.partition}", 0, record.offset)
