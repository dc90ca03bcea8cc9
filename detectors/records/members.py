"""Who was among the people of one day, as a set of keyed fingerprints."""

from datetime import datetime

import msgspec

from detectors.records.base import Record


class Members(Record, frozen=True, kw_only=True):
    """What a batch adds to the set of one sub-processor, category and day (see
    `detectors.membership`). Sets of one name unite in any order and grouping to the same set."""

    day: datetime = msgspec.field(name="@timestamp")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    category: str = msgspec.field(name="egresswatch.category")
    key_id: str = msgspec.field(name="egresswatch.key")
    prints: bytes = msgspec.field(name="egresswatch.members")
