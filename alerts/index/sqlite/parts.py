"""Records taken apart: a shape, which many have in common, and what is a record's own.

Most of what flows and sums say repeats from one to the next (who sends what to whom by which
fields). A shape is the record without what is its own, kept once. What is its own lies in columns;
its whole numbers are also kept together, since a column holds no more than 64 bits of one.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from alerts.index.asked import moment
from detectors.records import Flow, PartialSum, Record, decode

SHAPES_KEPT = 16_384
"""Shapes that are kept in memory, where they are needed again and again."""

_NO_TIME = moment(0)

_encode = msgspec.json.Encoder().encode
_numbers = msgspec.json.Decoder(list[int])
_names = msgspec.json.Decoder(tuple[str, ...])
_pack = msgspec.msgpack.Encoder().encode
_Origin = tuple[tuple[str, ...], tuple[str, ...], int, bytes]
_origin = msgspec.msgpack.Decoder(_Origin)
_NOWHERE: _Origin = ((), (), 0, b"")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """How one kind of record comes apart, and together again."""

    key: Callable[[Any], Hashable]
    """Equal for records of one shape, and had sooner than the shape."""
    shape: Callable[[Any], Record]
    extra: tuple[tuple[str, Callable[[Any], bytes]], ...]
    """Columns beside those of the fields, and what they hold."""
    own: tuple[str, ...]
    """The columns that `join` takes after the shape."""
    join: Callable[..., Record]

    def whole(self, kind: type[Record], shape: bytes, own: Sequence[Any]) -> Record:
        """The record with this shape (as JSON) and these values of its own; times in UTC."""
        return self.join(_decoded(kind, shape), *own)


@lru_cache(maxsize=SHAPES_KEPT)
def _decoded(kind: type[Record], shape: bytes) -> Record:
    return decode(kind, shape)


# -- flows

_labels = attrgetter(
    "channel",
    "service",
    "user_roles",
    "destination",
    "port",
    "scheme",
    "method",
    "status",
    "tls_version",
    "region",
    "subprocessor",
    "registered",
    "violations",
    "late",
)


def _flow_key(flow: Flow) -> Hashable:
    return (
        _labels(flow),
        tuple([(one.name, one.entities, one.fields) for one in flow.categories]),
        tuple([one.reason for one in flow.uninspected]),
        tuple([one.reason for one in flow.suppressed]),
    )


def _flow_numbers(flow: Flow) -> bytes:
    return _encode(
        (
            flow.rows,
            flow.size,
            flow.inspected,
            *[one.values for one in flow.categories],
            *[one.bytes for one in flow.uninspected],
            *[one.values for one in flow.suppressed],
        )
    )


def _filled(
    flow: Flow, time: datetime, event_id: str, user: str, trace: str, numbers: Iterable[int]
) -> Flow:
    rest = iter(numbers)
    return replace(
        flow,
        timestamp=time,
        id=event_id,
        user_hash=user,
        trace_id=trace,
        rows=next(rest),
        size=next(rest),
        inspected=next(rest),
        categories=tuple(replace(one, values=next(rest)) for one in flow.categories),
        uninspected=tuple(replace(one, bytes=next(rest)) for one in flow.uninspected),
        suppressed=tuple(replace(one, values=next(rest)) for one in flow.suppressed),
    )


def _flow_shape(flow: Flow) -> Flow:
    return _filled(flow, _NO_TIME, "", "", "", repeat(0))


def _join_flow(
    shape: Flow, time: int, event_id: str, user: str | None, trace: str | None, numbers: bytes
) -> Flow:
    return _filled(shape, moment(time), event_id, user or "", trace or "", _numbers.decode(numbers))


FLOW_PARTS = Parts(
    key=_flow_key,
    shape=_flow_shape,
    extra=(("numbers", _flow_numbers),),
    own=("timestamp", "event_id", "user_hash", "trace_id", "numbers"),
    join=_join_flow,
)

# -- sums


def _sum_numbers(part: PartialSum) -> bytes:
    return _encode((part.events, part.size, part.values))


def _sum_origin(part: PartialSum) -> bytes:
    """Where its requests came from: only the sum of all of them says so."""
    origin = part.regions, part.principals, part.traced, part.traces
    return _pack(origin) if any(origin) else b""


def _sum_shape(part: PartialSum) -> PartialSum:
    return PartialSum(
        window=_NO_TIME,
        channel=part.channel,
        subprocessor=part.subprocessor,
        service=part.service,
        category=part.category,
        late=part.late,
    )


def _join_sum(
    shape: PartialSum,
    window: int,
    registered: int,
    destinations: str | None,
    fields: str | None,
    numbers: bytes,
    subjects: bytes,
    origin: bytes,
) -> PartialSum:
    events, size, values = _numbers.decode(numbers)
    regions, principals, traced, traces = _origin.decode(origin) if origin else _NOWHERE
    return replace(
        shape,
        window=moment(window),
        registered=bool(registered),
        events=events,
        size=size,
        values=values,
        subjects=subjects,
        destinations=_names.decode(destinations or "[]"),
        fields=_names.decode(fields or "[]"),
        regions=regions,
        principals=principals,
        traced=traced,
        traces=traces,
    )


SUM_PARTS = Parts(
    key=attrgetter("channel", "subprocessor", "service", "category", "late"),
    shape=_sum_shape,
    extra=(
        ("numbers", _sum_numbers),
        ("subjects", attrgetter("subjects")),
        ("origin", _sum_origin),
    ),
    own=(
        "timestamp",
        "egresswatch_registered",
        "destination_domain",
        "egresswatch_fields",
        "numbers",
        "subjects",
        "origin",
    ),
    join=_join_sum,
)
"""A sum's shape is its key without the window."""
