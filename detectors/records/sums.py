"""Pre-aggregated counts: what one batch adds to one key's one-minute window."""

from datetime import datetime

import msgspec

from detectors.records.base import Record
from detectors.records.flow import Channel

ANY_CATEGORY = "*"
"""The pseudo-category that counts all events of a key, clean ones too: a vendor's silence is
seen even where its traffic carries no personal data."""


class PartialSum(Record, frozen=True, kw_only=True):
    """What some events add to one key in one minute of event time.

    The key is (channel, sub-processor, service, category, window, late). Sums of one key merge by
    `detectors.windows.merge`, in any order and grouping, to the same record. `subjects` is a
    serialised CPC sketch of keyed pseudonyms (see `detectors.distinct`). `late` sums missed their
    window's close: they count in the index, and the models do not see them.

    Only the sum of all events (category `*`) has `regions`, `principals` and `traces`. Principals
    are `user:` with a pseudonym and `role:` with a name; `traced` is how many events brought a
    trace id, `traces` a sample of them (see `detectors.traces`).
    """

    window: datetime = msgspec.field(name="@timestamp")
    channel: Channel = msgspec.field(name="egresswatch.channel")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    registered: bool = msgspec.field(name="egresswatch.registered", default=False)
    service: str = msgspec.field(name="service.name", default="")
    category: str = msgspec.field(name="egresswatch.category")
    events: int = msgspec.field(name="egresswatch.events", default=0)
    size: int = msgspec.field(name="egresswatch.bytes", default=0)
    values: int = msgspec.field(name="egresswatch.values", default=0)
    subjects: bytes = msgspec.field(name="egresswatch.subjects", default=b"")
    destinations: tuple[str, ...] = msgspec.field(name="destination.domain", default=())
    fields: tuple[str, ...] = msgspec.field(name="egresswatch.fields", default=())
    regions: tuple[str, ...] = msgspec.field(name="cloud.region", default=())
    principals: tuple[str, ...] = msgspec.field(name="egresswatch.principals", default=())
    traced: int = msgspec.field(name="egresswatch.traced", default=0)
    traces: bytes = msgspec.field(name="egresswatch.traces", default=b"")
    late: bool = msgspec.field(name="egresswatch.late", default=False)
