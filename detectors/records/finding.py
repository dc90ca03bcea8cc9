"""What is wrong (a policy violation) or unusual (an anomaly), with its evidence."""

from datetime import datetime
from typing import Literal

import msgspec

from detectors.records.base import Record
from detectors.records.flow import Channel

Kind = Literal["policy", "anomaly", "self"]
"""What a finding is of: the policy, a baseline, or the program itself."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What backs a finding: names, counts and ranges, never values of the payload.

    Policy findings fill `fields`, `destinations` and `seen`; anomalies the numbers: `observed`
    in this window, the usual range `low`..`high` with its `expected` middle, and how many
    `visits` of which `period` the range was learnt from. Counts are of `minutes`. `likelihood` is
    log10 of how often such a score comes by chance in one look, `bar` what it had to fall below.
    `siblings` are services and categories of the same sub-processor that did not move, and `query`
    the search that shows what did.
    """

    fields: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    metric: str = ""
    observed: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    visits: int | None = None
    period: str = ""
    minutes: int | None = None
    likelihood: float | None = None
    bar: float | None = None
    siblings: tuple[str, ...] = ()
    query: str = ""


class Finding(Record, frozen=True, kw_only=True):
    """One rule broken, or one model surprised, in one window of one key.

    `timestamp` to `last` is the time it speaks of, `detected` the event time at which it was first
    known. Counts are what THIS record adds: findings with one `id` merge
    (`detectors.findings.merge`), so that a batch may say "three more" of a window it has spoken of
    before. `events` counts a request once over the categories it breaks a rule with: under the
    first. `subjects` is a serialised sketch, as in PartialSum.
    """

    timestamp: datetime = msgspec.field(name="@timestamp")
    id: str = msgspec.field(name="event.id")
    kind: Kind = msgspec.field(name="event.kind")
    rule: str = msgspec.field(name="rule.id")
    message: str
    channel: Channel = msgspec.field(name="egresswatch.channel")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    registered: bool = msgspec.field(name="egresswatch.registered", default=False)
    service: str = msgspec.field(name="service.name", default="")
    category: str = msgspec.field(name="egresswatch.category", default="")
    window: datetime = msgspec.field(name="egresswatch.window")
    last: datetime = msgspec.field(name="event.end")
    detected: datetime = msgspec.field(name="event.created")
    events: int = msgspec.field(name="egresswatch.events", default=0)
    values: int = msgspec.field(name="egresswatch.values", default=0)
    subjects: bytes = msgspec.field(name="egresswatch.subjects", default=b"")
    score: float = msgspec.field(name="egresswatch.score", default=0.0)
    evidence: Evidence = msgspec.field(name="egresswatch.evidence", default=Evidence())
