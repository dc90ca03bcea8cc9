"""What is said about one event: who got which data categories, and which rules that breaks."""

from datetime import datetime
from typing import Literal

import msgspec

from detectors.records.base import Record

Channel = Literal["egress", "access"]


class CategoryCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One data category in one flow. `fields` are normalised paths: array positions are `[*]`,
    keys that look like data are `*`."""

    name: str
    values: int
    entities: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Violation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A policy rule the flow breaks, and the categories it breaks it with."""

    rule: str
    categories: tuple[str, ...] = ()


class Uninspected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Bytes of the event that no recogniser has seen, and why."""

    reason: str
    bytes: int


class Suppressed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Values that were found and do not count, and by what of the tuning file: `allow:ID`,
    `threshold` or `region:XX`."""

    reason: str
    values: int


class Flow(Record, frozen=True, kw_only=True):
    """One event after the scan stage. Holds no value of the payload."""

    timestamp: datetime = msgspec.field(name="@timestamp")
    id: str = msgspec.field(name="event.id")
    channel: Channel = msgspec.field(name="egresswatch.channel")
    service: str = msgspec.field(name="service.name", default="")
    user_hash: str = msgspec.field(name="user.hash", default="")
    user_roles: tuple[str, ...] = msgspec.field(name="user.roles", default=())
    destination: str = msgspec.field(name="destination.domain", default="")
    port: int | None = msgspec.field(name="destination.port", default=None)
    scheme: str = msgspec.field(name="url.scheme", default="")
    method: str = msgspec.field(name="http.request.method", default="")
    status: int | None = msgspec.field(name="http.response.status_code", default=None)
    tls_version: str = msgspec.field(name="tls.version", default="")
    region: str = msgspec.field(name="cloud.region", default="")
    trace_id: str = msgspec.field(name="trace.id", default="")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    registered: bool = msgspec.field(name="egresswatch.registered", default=False)
    categories: tuple[CategoryCount, ...] = msgspec.field(name="egresswatch.categories", default=())
    violations: tuple[Violation, ...] = msgspec.field(name="egresswatch.violations", default=())
    rows: int = msgspec.field(name="egresswatch.rows", default=0)
    size: int = msgspec.field(name="egresswatch.bytes", default=0)
    inspected: int = msgspec.field(name="egresswatch.inspected.bytes", default=0)
    uninspected: tuple[Uninspected, ...] = msgspec.field(name="egresswatch.uninspected", default=())
    suppressed: tuple[Suppressed, ...] = msgspec.field(name="egresswatch.suppressed", default=())
    late: bool = msgspec.field(name="egresswatch.late", default=False)

    @property
    def uninspected_bytes(self) -> int:
        """For whatever reason."""
        return sum(one.bytes for one in self.uninspected)
