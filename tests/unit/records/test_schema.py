from pathlib import Path

import jsonschema
import msgspec
import pytest

from detectors.records import Alert, EgressEvent, Finding, Flow, PartialSum, encode
from detectors.records.schema import RECORDS, files, schema
from tests.support.messages import alert
from tests.support.moments import at

FOLDER = Path(__file__).parents[3] / "deploy" / "schemas"


def test_the_committed_schemas_are_current() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
    assert committed == files(), "run `make schemas`"


@pytest.mark.parametrize("kind", RECORDS)
def test_a_schema_is_valid_and_explains_itself(kind) -> None:
    made = schema(kind)
    jsonschema.Draft202012Validator.check_schema(made)
    assert made["$defs"][kind.__name__]["description"]


@pytest.mark.parametrize(
    "record",
    [
        Flow(timestamp=at(), id="x", channel="access", subprocessor="a", rows=3),
        PartialSum(window=at(), channel="egress", subprocessor="a", category="*", subjects=b"s"),
        alert(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_is_written_agrees_with_the_schema(record: Flow | PartialSum | Alert) -> None:
    jsonschema.validate(msgspec.json.decode(encode(record)), schema(type(record)))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (EgressEvent, {"@timestamp": "2026-03-02T10:00:00Z", "http": {"request": {"method": 7}}}),
        (Flow, {"event.id": "x"}),
        (Finding, {"event.kind": "hunch"}),
    ],
)
def test_what_we_would_refuse_the_schema_refuses(kind, wrong) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema(kind))
