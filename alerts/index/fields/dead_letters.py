"""The fields of dead letters."""

from alerts.index.fields.base import Collection, line
from detectors.records import DeadLetter

DEAD_LETTERS = Collection(
    what="dead-letters",
    record=DeadLetter,
    fields=(
        line("time", "@timestamp timestamp time", "timestamp"),
        line("id", "event.id id", "id"),
        line("name", "egresswatch.partition partition", "partition", "bare"),
        line("int", "egresswatch.offset offset", "offset"),
        line("int", "egresswatch.bytes bytes size", "size"),
        line("name", "error.code reason code", "reason", "bare"),
        line("prose", "error.message problem message", "problem", "bare"),
    ),
)
