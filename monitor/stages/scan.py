"""The scan stage: decode, scan, attribute, tune, judge and aggregate one batch of events.

Stateless: what it returns depends on the batch alone, and what it returns for a batch is the merge
of what it returns for its parts. Nothing it returns holds a value of a payload.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from detectors.decode.base import Budget
from detectors.decode.paths import field_path
from detectors.decode.request import decode_request
from detectors.ids import storable_trace
from detectors.policy import Policy, judge
from detectors.policy.judge import tls_number
from detectors.pseudonym import Pseudonymiser
from detectors.records import (
    AccessEvent,
    CategoryCount,
    EgressEvent,
    Event,
    Finding,
    Flow,
    Members,
    PartialSum,
    Suppressed,
)
from detectors.records.events import Body
from detectors.scan.base import Hit, RequestScanner
from detectors.scan.tuning import Tuning
from detectors.subprocessors import Attribution, Registry
from monitor.stages.aggregate import Aggregate
from monitor.stages.names import Names

METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)
SCHEMES = frozenset({"http", "https", "ws", "wss"})
FIELDS_KEPT = 16
"""Field paths kept for one category of one flow."""


class Incoming(NamedTuple):
    """An event as the runner read it: its id, and whether its window has closed."""

    id: str
    late: bool
    event: Event


class Refused(NamedTuple):
    """An event that could not be scanned, with a code and a sentence without values."""

    id: str
    reason: str
    problem: str


class Scanned(NamedTuple):
    """What the scan stage says of one batch."""

    flows: list[Flow]
    sums: list[PartialSum]
    findings: list[Finding]
    refused: list[Refused]
    members: Sequence[Members] = ()


class ScanStage:
    """Events into flows, partial sums and policy findings."""

    def __init__(
        self,
        scanner: RequestScanner,
        tuning: Tuning,
        registry: Registry,
        policy: Policy,
        pseudonymiser: Pseudonymiser,
        budget: Budget | None = None,
    ) -> None:
        self.scanner = scanner
        self.tuning = tuning
        self.taxonomy = tuning.taxonomy
        self.registry = registry
        self.policy = policy
        self.pseudonymiser = pseudonymiser
        self.budget = budget or Budget()
        self.names = Names(registry, tuning.taxonomy)

    def __call__(self, batch: Iterable[Incoming]) -> Scanned:
        flows: list[Flow] = []
        refused: list[Refused] = []
        aggregate = Aggregate(self.names)
        for incoming in batch:
            try:
                flow, subjects = self.flow(incoming)
            except Exception as error:  # noqa: BLE001 - one bad event must not stop the stream
                kind = type(error).__name__
                refused.append(Refused(incoming.id, "scan-failed", f"the scan raised {kind}"))
                continue
            flows.append(flow)
            aggregate.add(flow, subjects)
        members = aggregate.members(self.pseudonymiser.key_id)
        return Scanned(flows, aggregate.sums(), aggregate.findings(), refused, members)

    def flow(self, incoming: Incoming) -> tuple[Flow, dict[str, set[int]]]:
        """One event as a flow with its verdicts, and the pseudonyms of each category."""
        match incoming.event:
            case EgressEvent() as event:
                flow, subjects = self._egress(incoming, event)
            case AccessEvent() as event:
                flow, subjects = self._access(incoming, event), {}
        violations = judge(flow, self.policy)
        if violations:
            flow = msgspec.structs.replace(flow, violations=violations)
        return flow, subjects

    # -- egress

    def _egress(self, incoming: Incoming, event: EgressEvent) -> tuple[Flow, dict[str, set[int]]]:
        decoded = decode_request(event, self.budget)
        hits = self.scanner.scan(decoded)
        scheme, host, port = _endpoint(event)
        owner = self.registry.attribute(host, event.destination.ip)
        kept, suppressed = self.tuning.apply(hits, owner.subprocessor, event.timestamp)
        categories, subjects = self._categories(kept)
        flow = Flow(
            timestamp=event.timestamp,
            id=incoming.id,
            channel="egress",
            service=event.service.name,
            user_hash=self._user_hash(event),
            user_roles=event.user.roles,
            destination=owner.destination,
            port=port,
            scheme=scheme,
            method=_method(event),
            status=event.http.response.status_code,
            tls_version=tls_number(event.tls.version),
            region=event.cloud.region,
            trace_id=storable_trace(event.trace.id),
            subprocessor=owner.subprocessor,
            registered=owner.registered,
            categories=categories,
            size=_size(event.http.request.body),
            inspected=decoded.inspected,
            uninspected=tuple(decoded.uninspected),
            suppressed=tuple(
                Suppressed(reason=reason, values=values)
                for reason, values in sorted(suppressed.items())
            ),
            late=incoming.late,
        )
        return flow, subjects

    def _categories(self, hits: list[Hit]) -> tuple[tuple[CategoryCount, ...], dict[str, set[int]]]:
        """The hits by data category: how many values, in which fields, of which subjects."""
        by_category: dict[str, list[Hit]] = {}
        for hit in hits:
            by_category.setdefault(self.taxonomy.category(hit.entity), []).append(hit)
        pseudonym = self.pseudonymiser.of
        subjects = {
            name: {pseudonym(name, value) for value in {hit.value for hit in found}}
            for name, found in by_category.items()
        }
        counts = tuple(
            CategoryCount(
                name=name,
                values=len(found),
                entities=tuple(sorted({hit.entity for hit in found})),
                fields=_kept({field_path(hit.leaf.path) for hit in found}),
            )
            for name, found in sorted(by_category.items())
        )
        return counts, subjects

    # -- access

    def _access(self, incoming: Incoming, event: AccessEvent) -> Flow:
        owner = self._reader(event)
        return Flow(
            timestamp=event.timestamp,
            id=incoming.id,
            channel="access",
            service=event.service.name or event.resource.store,
            user_hash=self._user_hash(event),
            user_roles=event.user.roles,
            tls_version=tls_number(event.tls.version),
            trace_id=storable_trace(event.trace.id),
            subprocessor=owner.subprocessor,
            registered=owner.registered,
            categories=self._categories_of_fields(event),
            rows=event.rows,
            late=incoming.late,
        )

    def _reader(self, event: AccessEvent) -> Attribution:
        if event.subprocessor:
            return self.registry.named(event.subprocessor)
        return self.registry.principal(event.user.name)

    def _categories_of_fields(self, event: AccessEvent) -> tuple[CategoryCount, ...]:
        """Categories of the fields that were read, by their names: the rows are not at hand."""
        fields: dict[str, list[str]] = {}
        for name in event.resource.fields:
            entity = self.scanner.entity_of_field(event.resource.dataset, name)
            if entity:
                fields.setdefault(self.taxonomy.category(entity), []).append(field_path(name))
        return tuple(
            CategoryCount(name=name, values=event.rows, fields=tuple(sorted(paths)))
            for name, paths in sorted(fields.items())
        )

    def _user_hash(self, event: Event) -> str:
        name = event.user.name
        return self.pseudonymiser.text("user.account.username", name) if name else ""


def _kept(fields: set[str]) -> tuple[str, ...]:
    """The fields that a flow names: those in the URL first, since a rule asks for them."""
    ranked = sorted(fields, key=lambda field: (not field.startswith("url."), field))
    return tuple(ranked[:FIELDS_KEPT])


def _size(body: Body) -> int:
    """The body's bytes on the wire; where that was not recorded, of what was captured of it."""
    if body.bytes is not None:
        return body.bytes
    length = len(body.content)
    return length * 3 // 4 if body.encoding == "base64" else length


def _method(event: EgressEvent) -> str:
    """The request's method; what is none is not kept, whatever it is."""
    method = event.http.request.method.upper()
    return method if method in METHODS else ""


def _endpoint(event: EgressEvent) -> tuple[str, str, int | None]:
    """(scheme, host, port) of the destination; the most direct statement of each wins."""
    try:
        url = urlsplit(event.url.full)
        scheme, url_host, url_port = url.scheme.lower(), url.hostname or "", url.port
    except ValueError:
        scheme, url_host, url_port = "", "", None
    host = event.destination.domain or url_host or event.tls.client.server_name
    port = event.destination.port or url_port
    if not scheme:
        scheme = "https" if event.tls.version else {80: "http", 443: "https"}.get(port or 0, "")
    if scheme not in SCHEMES:
        scheme = ""
    return scheme, host, port or {"http": 80, "https": 443}.get(scheme)
