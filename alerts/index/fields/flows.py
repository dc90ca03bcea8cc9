"""The fields of flows."""

from alerts.index.fields.base import Collection, line
from detectors.records import Flow


def _category_names(flow: Flow) -> tuple[str, ...]:
    return tuple([category.name for category in flow.categories])


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


FLOWS = Collection(
    what="flows",
    record=Flow,
    fields=(
        line("time", "@timestamp timestamp time", "timestamp"),
        line("id", "event.id id", "id"),
        line("name", "egresswatch.channel channel", "channel", "label"),
        line("name", "service.name service", "service", "label bare"),
        line("id", "user.hash user", "user_hash"),
        line("name", "user.roles role roles", "user_roles", "many label"),
        line("name", "destination.domain destination", "destination", "label bare"),
        line("int", "destination.port port", "port", "label optional"),
        line("name", "url.scheme scheme", "scheme", "label"),
        line("name", "http.request.method method", "method", "label"),
        line("int", "http.response.status_code status status_code", "status", "label optional"),
        line("name", "tls.version tls", "tls_version", "label"),
        line("name", "cloud.region region", "region", "label"),
        line("id", "trace.id trace", "trace_id"),
        line("name", "egresswatch.subprocessor subprocessor vendor", "subprocessor", "label bare"),
        line("bool", "egresswatch.registered registered", "registered", "label"),
        line(
            "dotted",
            "egresswatch.categories.name category categories egresswatch.category",
            _category_names,
            "many label bare",
        ),
        line(
            "name", "egresswatch.categories.entities entity entities", _entities, "many label bare"
        ),
        line(
            "name",
            "egresswatch.categories.fields field fields egresswatch.fields",
            _field_paths,
            "many label",
        ),
        line("name", "egresswatch.inventory inventory", _category_fields, "many label"),
        line(
            "name",
            "egresswatch.violations.rule violation rule rule.id",
            _broken_rules,
            "many label bare",
        ),
        line("int", "egresswatch.values values", _values),
        line("int", "egresswatch.rows rows", "rows"),
        line("int", "egresswatch.bytes bytes size", "size"),
        line("int", "egresswatch.inspected.bytes inspected", "inspected"),
        line("name", "egresswatch.uninspected.reason uninspected", _skipped_reasons, "many label"),
        line("int", "egresswatch.uninspected.bytes uninspected.bytes", _skipped_bytes),
        line("name", "egresswatch.suppressed.reason suppressed", _suppressed_by, "many label"),
        line("int", "egresswatch.suppressed.values suppressed.values", _suppressed_values),
        line("bool", "egresswatch.late late", "late", "label"),
    ),
)
