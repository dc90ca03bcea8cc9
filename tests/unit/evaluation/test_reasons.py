"""Why something was missed or false, without the value."""

import pytest

from detectors.decode import Decoded, Leaf
from monitor.evaluation.reasons import why_false, why_missed
from monitor.evaluation.scoring import Value

JANE = Value("PERSON", "Jane Doe", "body>json:$.a[0].note", 6)
DECODED = Decoded(leaves=[Leaf(JANE.where, (), "Dear, Jane Doe")])
ELSEWHERE = Decoded(leaves=[Leaf("header:x-name", (), "Jane Doe")])
LONG = JANE._replace(value="Jane Doe " * 9)


@pytest.mark.parametrize(
    ("findings", "decoded", "somewhere", "reason"),
    [
        ([], DECODED, False, "nothing spoke for it"),
        ([], Decoded(), False, "not decoded"),
        ([], ELSEWHERE, False, "nothing spoke for it; decoded at header:x-name"),
        ([JANE._replace(category="USERNAME")], DECODED, False, "found as USERNAME"),
        ([LONG], DECODED, False, "less than half of it, or far more than it, was found"),
        (
            [JANE._replace(where="body>json:$.b[2].name")],
            DECODED,
            True,
            "found at body>json:$.b[*].name instead",
        ),
    ],
)
def test_misses(findings: list[Value], decoded: Decoded, somewhere: bool, reason: str) -> None:
    assert why_missed(JANE, findings, decoded, somewhere=somewhere) == reason


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ([], "decided by key:person"),
        ([JANE._replace(category="USERNAME")], "planted as USERNAME; decided by key:person"),
        ([JANE], "less than half of it was planted; decided by key:person"),
    ],
)
def test_false_findings(truth: list[Value], reason: str) -> None:
    assert why_false(LONG, truth, "key:person") == reason
