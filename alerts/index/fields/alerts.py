"""The fields of alerts."""

from alerts.index.fields.base import Collection, line
from detectors.records import Alert

ALERTS = Collection(
    what="alerts",
    record=Alert,
    fields=(
        line("time", "@timestamp timestamp time opened", "opened"),
        line("id", "event.id id", "id"),
        line("time", "event.end last end", "last"),
        line("name", "rule.id rule violation", "rule", "bare"),
        line("prose", "title", "title", "bare"),
        line("name", "egresswatch.status status", "status", "bare"),
        line("name", "egresswatch.verdict verdict", "verdict", "bare"),
        line("name", "egresswatch.assignee assignee", "assignee"),
        line("name", "egresswatch.muted muted", "muted", "many"),
        line("name", "egresswatch.severity severity", "severity", "bare"),
        line("name", "egresswatch.subprocessor subprocessor vendor", "subprocessor", "bare"),
        line("name", "service.name service services", "services", "many bare"),
        line("dotted", "egresswatch.category category categories", "categories", "many bare"),
        line("name", "egresswatch.fields field fields", "fields", "many"),
        line("name", "destination.domain destination destinations", "destinations", "many bare"),
        line("int", "egresswatch.events events", "events"),
        line("int", "egresswatch.values values", "values"),
        line("int", "egresswatch.subjects.estimate subjects", "subjects_estimate"),
        line("int", "egresswatch.generation generation", "generation"),
        line("int", "egresswatch.version version", "version"),
    ),
)
