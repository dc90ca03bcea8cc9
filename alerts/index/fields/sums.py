"""The fields of sums."""

from alerts.index.fields.base import Collection, line
from detectors.ids import stable_id
from detectors.records import PartialSum
from detectors.windows import key_of


def _sum_key(part: PartialSum) -> str:
    channel, subprocessor, service, category, window, late = key_of(part)
    return stable_id(channel, subprocessor, service, category, int(window.timestamp()), int(late))


SUMS = Collection(
    what="sums",
    record=PartialSum,
    key=_sum_key,
    fields=(
        line("time", "@timestamp timestamp time window", "window"),
        line("name", "egresswatch.channel channel", "channel", "label"),
        line("name", "egresswatch.subprocessor subprocessor vendor", "subprocessor", "label bare"),
        line("bool", "egresswatch.registered registered", "registered"),
        line("name", "service.name service", "service", "label bare"),
        line("dotted", "egresswatch.category category", "category", "label bare"),
        line("int", "egresswatch.events events", "events"),
        line("int", "egresswatch.bytes bytes size", "size"),
        line("int", "egresswatch.values values", "values"),
        line("name", "destination.domain destination destinations", "destinations", "many bare"),
        line("name", "egresswatch.fields field fields", "fields", "many"),
        line("bool", "egresswatch.late late", "late", "label"),
    ),
)
