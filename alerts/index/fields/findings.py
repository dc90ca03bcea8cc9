"""The fields of findings."""

from alerts.index.fields.base import Collection, line
from detectors.records import Finding

FINDINGS = Collection(
    what="findings",
    record=Finding,
    fields=(
        line("time", "@timestamp timestamp time", "timestamp"),
        line("id", "event.id id", "id"),
        line("name", "event.kind kind", "kind", "bare"),
        line("name", "rule.id rule violation", "rule", "bare"),
        line("prose", "message", "message", "bare"),
        line("name", "egresswatch.channel channel", "channel"),
        line("name", "egresswatch.subprocessor subprocessor vendor", "subprocessor", "bare"),
        line("bool", "egresswatch.registered registered", "registered"),
        line("name", "service.name service", "service", "bare"),
        line("dotted", "egresswatch.category category", "category", "bare"),
        line("time", "egresswatch.window window", "window"),
        line("time", "event.end last end", "last"),
        line("time", "event.created detected", "detected"),
        line("int", "egresswatch.events events", "events"),
        line("int", "egresswatch.values values", "values"),
        line("real", "egresswatch.score score", "score"),
        line(
            "name",
            "egresswatch.evidence.fields field fields egresswatch.fields",
            "evidence.fields",
            "many",
        ),
        line(
            "name",
            "egresswatch.evidence.destinations destination destination.domain",
            "evidence.destinations",
            "many bare",
        ),
        line("name", "egresswatch.evidence.seen seen", "evidence.seen", "many"),
        line("name", "egresswatch.evidence.metric metric", "evidence.metric"),
        line("real", "egresswatch.evidence.observed observed", "evidence.observed", "optional"),
        line("real", "egresswatch.evidence.expected expected", "evidence.expected", "optional"),
    ),
)
