"""An input that could not be processed: where it is and why, never what it held."""

from datetime import datetime

import msgspec

from detectors.records.base import Record


class DeadLetter(Record, frozen=True, kw_only=True):
    """A reference to a refused input: `partition` and `offset` find it again in its source.

    `timestamp` is the event time the partition had reached, or the moment of reading where it had
    none. `reason` is a code, `problem` a sentence that quotes no value.
    """

    timestamp: datetime = msgspec.field(name="@timestamp")
    id: str = msgspec.field(name="event.id")
    partition: str = msgspec.field(name="egresswatch.partition")
    offset: int = msgspec.field(name="egresswatch.offset")
    size: int = msgspec.field(name="egresswatch.bytes", default=0)
    reason: str = msgspec.field(name="error.code")
    problem: str = msgspec.field(name="error.message")
