"""What can be asked: every searchable field of every kind of record, with its short names.

A field's own name is the member's name in the record's JSON (ECS). `kind` decides which tests it
takes and what they mean, the same in every store:

- `name`: equal, ignoring the case of A-Z; wildcards.
- `dotted`: as `name`, and a whole parent matches its children (`user.contact`).
- `id`: equal, case and all; wildcards.
- `prose`: holds the words, ignoring the case of A-Z; wildcards.
- `int`, `real`, `time`: equal and ranges. `bool`: true or false.

A field with several values (`many`) matches when any of them does. An empty text is a missing one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from alerts.index.base import What
from detectors.ids import stable_id
from detectors.records import Alert, DeadLetter, Finding, Flow, PartialSum, Record
from detectors.windows import key_of

Kind = Literal["name", "dotted", "id", "prose", "int", "real", "bool", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One searchable field. `label`: a flow's field that repeats from flow to flow, so that stores
    may keep each combination once. `bare`: searched by a word that names no field. `optional`: a
    number that may be missing; all others are 0 (or false) where the JSON leaves them out."""

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    read: Callable[[Any], Any]
    many: bool = False
    label: bool = False
    bare: bool = False
    optional: bool = False

    @property
    def column(self) -> str:
        """The field's name as an identifier: letters, digits, underscores."""
        return self.name.replace("@", "").replace(".", "_")

    @property
    def adds_up(self) -> bool:
        """Whether its sum over records means something: amounts do, ports and status codes not."""
        return self.kind == "int" and not self.many and not self.label and not self.optional


@dataclass(frozen=True, kw_only=True)
class Collection:
    """The records of one kind: their fields, and the key under which one replaces another."""

    what: What
    record: type[Record]
    fields: tuple[Field, ...]
    key: Callable[[Any], str] = field(default=attrgetter("id"))

    @cached_property
    def time(self) -> Field:
        return self.by_name["@timestamp"]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Every name and alias."""
        own = {known.name: known for known in self.fields}
        return {alias: known for known in self.fields for alias in known.aliases} | own


def _field(kind: Kind, names: str, read: str | Callable[[Any], Any], flags: str = "") -> Field:
    """A line of the tables below: its name and aliases, where its value is, and what it is."""
    name, *aliases = names.split()
    return Field(
        name=name,
        aliases=tuple(aliases),
        kind=kind,
        read=attrgetter(read) if isinstance(read, str) else read,
        **dict.fromkeys(flags.split(), True),
    )


def _category_names(flow: Flow) -> tuple[str, ...]:
    return tuple(category.name for category in flow.categories)


def _entities(flow: Flow) -> tuple[str, ...]:
    return tuple(entity for category in flow.categories for entity in category.entities)


def _field_paths(flow: Flow) -> tuple[str, ...]:
    return tuple(path for category in flow.categories for path in category.fields)


def _category_fields(flow: Flow) -> tuple[str, ...]:
    return tuple(
        f"{category.name} {path}" for category in flow.categories for path in category.fields
    )


def _values(flow: Flow) -> int:
    return sum(category.values for category in flow.categories)


def _broken_rules(flow: Flow) -> tuple[str, ...]:
    return tuple(violation.rule for violation in flow.violations)


def _skipped_reasons(flow: Flow) -> tuple[str, ...]:
    return tuple(skipped.reason for skipped in flow.uninspected)


def _skipped_bytes(flow: Flow) -> int:
    return sum(skipped.bytes for skipped in flow.uninspected)


def _suppressed_by(flow: Flow) -> tuple[str, ...]:
    return tuple(suppressed.reason for suppressed in flow.suppressed)


def _suppressed_values(flow: Flow) -> int:
    return sum(suppressed.values for suppressed in flow.suppressed)


def _sum_key(part: PartialSum) -> str:
    channel, subprocessor, service, category, window, late = key_of(part)
    return stable_id(channel, subprocessor, service, category, int(window.timestamp()), int(late))


FLOWS = Collection(
    what="flows",
    record=Flow,
    fields=(
        _field("time", "@timestamp timestamp time", "timestamp"),
        _field("id", "event.id id", "id"),
        _field("name", "egresswatch.channel channel", "channel", "label"),
        _field("name", "service.name service", "service", "label bare"),
        _field("id", "user.hash user", "user_hash"),
        _field("name", "user.roles role roles", "user_roles", "many label"),
        _field("name", "destination.domain destination", "destination", "label bare"),
        _field("int", "destination.port port", "port", "label optional"),
        _field("name", "url.scheme scheme", "scheme", "label"),
        _field("name", "http.request.method method", "method", "label"),
        _field("int", "http.response.status_code status status_code", "status", "label optional"),
        _field("name", "tls.version tls", "tls_version", "label"),
        _field("name", "cloud.region region", "region", "label"),
        _field("id", "trace.id trace", "trace_id"),
        _field("name", "egresswatch.subprocessor subprocessor", "subprocessor", "label bare"),
        _field("bool", "egresswatch.registered registered", "registered", "label"),
        _field(
            "dotted",
            "egresswatch.categories.name category categories egresswatch.category",
            _category_names,
            "many label bare",
        ),
        _field(
            "name", "egresswatch.categories.entities entity entities", _entities, "many label bare"
        ),
        _field(
            "name",
            "egresswatch.categories.fields field fields egresswatch.fields",
            _field_paths,
            "many label",
        ),
        _field("name", "egresswatch.inventory inventory", _category_fields, "many label"),
        _field(
            "name",
            "egresswatch.violations.rule violation rule rule.id",
            _broken_rules,
            "many label bare",
        ),
        _field("int", "egresswatch.values values", _values),
        _field("int", "egresswatch.rows rows", "rows"),
        _field("int", "egresswatch.bytes bytes size", "size"),
        _field("int", "egresswatch.inspected.bytes inspected", "inspected"),
        _field(
            "name", "egresswatch.uninspected.reason uninspected", _skipped_reasons, "many label"
        ),
        _field("int", "egresswatch.uninspected.bytes uninspected.bytes", _skipped_bytes),
        _field("name", "egresswatch.suppressed.reason suppressed", _suppressed_by, "many label"),
        _field("int", "egresswatch.suppressed.values suppressed.values", _suppressed_values),
        _field("bool", "egresswatch.late late", "late", "label"),
    ),
)

SUMS = Collection(
    what="sums",
    record=PartialSum,
    key=_sum_key,
    fields=(
        _field("time", "@timestamp timestamp time window", "window"),
        _field("name", "egresswatch.channel channel", "channel"),
        _field("name", "egresswatch.subprocessor subprocessor", "subprocessor", "bare"),
        _field("bool", "egresswatch.registered registered", "registered"),
        _field("name", "service.name service", "service", "bare"),
        _field("dotted", "egresswatch.category category", "category", "bare"),
        _field("int", "egresswatch.events events", "events"),
        _field("int", "egresswatch.bytes bytes size", "size"),
        _field("int", "egresswatch.values values", "values"),
        _field("name", "destination.domain destination destinations", "destinations", "many bare"),
        _field("name", "egresswatch.fields field fields", "fields", "many"),
        _field("bool", "egresswatch.late late", "late"),
    ),
)

FINDINGS = Collection(
    what="findings",
    record=Finding,
    fields=(
        _field("time", "@timestamp timestamp time", "timestamp"),
        _field("id", "event.id id", "id"),
        _field("name", "event.kind kind", "kind", "bare"),
        _field("name", "rule.id rule violation", "rule", "bare"),
        _field("prose", "message", "message", "bare"),
        _field("name", "egresswatch.channel channel", "channel"),
        _field("name", "egresswatch.subprocessor subprocessor", "subprocessor", "bare"),
        _field("bool", "egresswatch.registered registered", "registered"),
        _field("name", "service.name service", "service", "bare"),
        _field("dotted", "egresswatch.category category", "category", "bare"),
        _field("time", "egresswatch.window window", "window"),
        _field("time", "event.end last end", "last"),
        _field("time", "event.created detected", "detected"),
        _field("int", "egresswatch.events events", "events"),
        _field("int", "egresswatch.values values", "values"),
        _field("real", "egresswatch.score score", "score"),
        _field(
            "name",
            "egresswatch.evidence.fields field fields egresswatch.fields",
            "evidence.fields",
            "many",
        ),
        _field(
            "name",
            "egresswatch.evidence.destinations destination destination.domain",
            "evidence.destinations",
            "many bare",
        ),
        _field("name", "egresswatch.evidence.seen seen", "evidence.seen", "many"),
        _field("name", "egresswatch.evidence.metric metric", "evidence.metric"),
        _field("real", "egresswatch.evidence.observed observed", "evidence.observed", "optional"),
        _field("real", "egresswatch.evidence.expected expected", "evidence.expected", "optional"),
    ),
)

ALERTS = Collection(
    what="alerts",
    record=Alert,
    fields=(
        _field("time", "@timestamp timestamp time opened", "opened"),
        _field("id", "event.id id", "id"),
        _field("time", "event.end last end", "last"),
        _field("name", "rule.id rule violation", "rule", "bare"),
        _field("prose", "title", "title", "bare"),
        _field("name", "egresswatch.status status", "status", "bare"),
        _field("name", "egresswatch.verdict verdict", "verdict", "bare"),
        _field("name", "egresswatch.assignee assignee", "assignee"),
        _field("name", "egresswatch.muted muted", "muted", "many"),
        _field("name", "egresswatch.severity severity", "severity", "bare"),
        _field("name", "egresswatch.subprocessor subprocessor", "subprocessor", "bare"),
        _field("name", "service.name service services", "services", "many bare"),
        _field("dotted", "egresswatch.category category categories", "categories", "many bare"),
        _field("name", "egresswatch.fields field fields", "fields", "many"),
        _field("name", "destination.domain destination destinations", "destinations", "many bare"),
        _field("int", "egresswatch.events events", "events"),
        _field("int", "egresswatch.values values", "values"),
        _field("int", "egresswatch.subjects.estimate subjects", "subjects_estimate"),
        _field("int", "egresswatch.generation generation", "generation"),
        _field("int", "egresswatch.version version", "version"),
    ),
)

DEAD_LETTERS = Collection(
    what="dead-letters",
    record=DeadLetter,
    fields=(
        _field("time", "@timestamp timestamp time", "timestamp"),
        _field("id", "event.id id", "id"),
        _field("name", "egresswatch.partition partition", "partition", "bare"),
        _field("int", "egresswatch.offset offset", "offset"),
        _field("int", "egresswatch.bytes bytes size", "size"),
        _field("name", "error.code reason code", "reason", "bare"),
        _field("prose", "error.message problem message", "problem", "bare"),
    ),
)

COLLECTIONS: Mapping[What, Collection] = {
    collection.what: collection for collection in (FLOWS, ALERTS, FINDINGS, SUMS, DEAD_LETTERS)
}
