"""What goes in: one egress request, or one read of a store by or for a sub-processor.

ECS names, nested as Beats and most shippers write them. Members that ECS has and Egresswatch does
not read are ignored. Every group has a default, so `event.http.request.body.content` is always
there to read.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from detectors.records.base import Record, RecordError, utc

# Bounds, so that no number of the input overflows a store further on.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
StatusCode = Annotated[int, msgspec.Meta(ge=0, le=999)]


class _Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A nested group of ECS fields. It may hold personal data, so it has no readable repr."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class EventMeta(_Group, frozen=True, kw_only=True):
    id: str = ""


class Service(_Group, frozen=True, kw_only=True):
    name: str = ""


class User(_Group, frozen=True, kw_only=True):
    name: str = ""
    roles: tuple[str, ...] = ()


class Address(_Group, frozen=True, kw_only=True):
    """ECS `destination` or `source`: an endpoint."""

    domain: str = ""
    ip: str = ""
    port: Port | None = None


class Url(_Group, frozen=True, kw_only=True):
    full: str = ""


class Body(_Group, frozen=True, kw_only=True):
    """The request body as captured. `bytes` is its size on the wire, `truncated` says that
    `content` is only its beginning."""

    content: str = ""
    encoding: Literal["utf-8", "base64"] = "utf-8"
    bytes: Count | None = None
    truncated: bool = False


class Request(_Group, frozen=True, kw_only=True):
    method: str = ""
    headers: dict[str, str | list[str]] = {}
    body: Body = Body()


class Response(_Group, frozen=True, kw_only=True):
    status_code: StatusCode | None = None


class Http(_Group, frozen=True, kw_only=True):
    request: Request = Request()
    response: Response = Response()


class TlsClient(_Group, frozen=True, kw_only=True):
    server_name: str = ""


class TlsServer(_Group, frozen=True, kw_only=True):
    not_after: datetime | None = None


class Tls(_Group, frozen=True, kw_only=True):
    """`version` as ECS writes it (`1.2`) or as most libraries do (`TLSv1.2`)."""

    version: str = ""
    cipher: str = ""
    client: TlsClient = TlsClient()
    server: TlsServer = TlsServer()


class Cloud(_Group, frozen=True, kw_only=True):
    region: str = ""


class Trace(_Group, frozen=True, kw_only=True):
    id: str = ""


class Resource(_Group, frozen=True, kw_only=True):
    """What was read: a store (`postgres-crm`), a data set in it (`customers`), its fields."""

    store: str = ""
    dataset: str = ""
    fields: tuple[str, ...] = ()


class _Timed(Record, frozen=True, kw_only=True):
    """`timestamp` comes in any zone and is UTC: hours and days mean the same for all senders."""

    timestamp: datetime = msgspec.field(name="@timestamp")
    event: EventMeta = EventMeta()
    service: Service = Service()
    user: User = User()
    trace: Trace = Trace()
    tls: Tls = Tls()

    def __post_init__(self) -> None:
        if self.timestamp.tzinfo is not UTC:
            msgspec.structs.force_setattr(self, "timestamp", utc(self.timestamp))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.event.id or 'without id'}>"


class EgressEvent(_Timed, frozen=True, kw_only=True):
    """One request that left for the outside, as mirrored by a proxy, a tap or an SDK hook."""

    destination: Address = Address()
    url: Url = Url()
    http: Http = Http()
    cloud: Cloud = Cloud()


class AccessEvent(_Timed, frozen=True, kw_only=True):
    """One read of a store by, or on behalf of, a sub-processor's principal."""

    subprocessor: str = msgspec.field(name="egresswatch.subprocessor", default="")
    resource: Resource = Resource()
    rows: Count = 0
    purpose: str = ""
    source: Address = Address()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rows < 0:
            raise RecordError("wrong-type", "a row count is never negative", "$.rows")


Event = EgressEvent | AccessEvent
