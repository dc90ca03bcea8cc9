"""What every runner does with a record it has read: an event of a plausible time, or a dead letter
by reference."""

from datetime import UTC, datetime, timedelta

from detectors.ids import stable_id
from detectors.records import AccessEvent, DeadLetter, Event, RecordError
from monitor.formats.base import Format

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""An event from before this year has a broken clock, not a long way."""

LONGEST_NAME = 1024
"""Characters in the name of a service, a role, a region: Elasticsearch's usual bound too."""


def read_event(data: bytes, form: Format, now: datetime, future: timedelta) -> Event:
    """The event in a record; RecordError for one that cannot be, or not at that time."""
    event = form.decode(data)
    if event.timestamp < EARLIEST:
        raise RecordError("implausible-timestamp", "before the year 2000", "$.@timestamp")
    if event.timestamp > now + future:
        raise RecordError("future-timestamp", "later than the clock here", "$.@timestamp")
    _require_short_names(event)
    return event


def _require_short_names(event: Event) -> None:
    """Names become keys of sums and state, and stand in findings and alerts: a long one would be a
    record that no topic takes, long after its event was read."""
    names = [
        ("service.name", event.service.name),
        *(("user.roles", one) for one in event.user.roles),
    ]
    if isinstance(event, AccessEvent):
        names += [
            ("egresswatch.subprocessor", event.subprocessor),
            ("resource.store", event.resource.store),
        ]
    else:
        names.append(("cloud.region", event.cloud.region))
    for name, value in names:
        if len(value) > LONGEST_NAME:
            raise RecordError("name-too-long", f"over {LONGEST_NAME:,} characters", f"$.{name}")


def dead_letter(
    partition: str, offset: int, size: int, error: RecordError, record_id: str, reached: datetime
) -> DeadLetter:
    """A refused record, by reference; `reached` is the event time its partition had come to."""
    return DeadLetter(
        timestamp=reached,
        id=stable_id("dead-letter", record_id),
        partition=partition,
        offset=offset,
        size=size,
        reason=error.reason,
        problem=f"{error.where}: {error.problem}",
    )
