"""Records of our topics as Faust hands them on."""

from typing import Any

import pytest
from faust.exceptions import ValueDecodeError
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from detectors.records import Alert, Finding, Flow, PartialSum, Record
from monitor.live.topics import NotARecordError, RecordSchema
from monitor.runners.kafka.codec import Wire, wire
from monitor.stages.watermarks import SourceMark
from tests.support.index_records import alert, finding, flow, partial_sum
from tests.support.moments import at


def loaded(kind: type[Record], given: Wire) -> Record:
    message = ConsumerMessage(
        topic="t",
        partition=0,
        offset=0,
        timestamp=0.0,
        timestamp_type=0,
        headers=[],
        key=given.key,
        value=given.value,
        checksum=None,
        tp=TP("t", 0),
    )
    app: Any = None  # it decodes by itself
    return RecordSchema(kind).loads_value(app, message)


@pytest.mark.parametrize(
    ("kind", "record"),
    [(Flow, flow()), (PartialSum, partial_sum()), (Finding, finding()), (Alert, alert())],
)
def test_a_record_comes_back_as_it_was_written(kind: type[Record], record: Any) -> None:
    assert loaded(kind, wire(record)) == record


def test_marks_between_sums_and_tombstones_are_no_records() -> None:
    mark = SourceMark(source="egress/0", watermark=at(12))
    for given in (wire(mark), Wire(b"id", None)):
        with pytest.raises(NotARecordError):
            loaded(PartialSum, given)


def test_an_error_quotes_nothing() -> None:
    strange = b'{"@timestamp": "anna@example.com"}'
    with pytest.raises(ValueDecodeError) as error:
        loaded(Flow, Wire(b"id", strange))
    assert "anna" not in f"{error.value!r} {error.value.__cause__!r}"
