"""Labels of a record, and which of its values stand in free text."""

import json

import pytest

from detectors.decode import Leaf
from detectors.records import RecordError
from detectors.taxonomy import default_taxonomy
from monitor.evaluation.labels import in_prose, labels
from monitor.evaluation.scoring import Value


def test_labels_have_common_names() -> None:
    planted = {"category": "US_SSN", "value": "521-05-3403", "where": "body>text", "start": 3}
    role = {"category": "EMAIL_ADDRESS", "value": "info@example.com", "kind": "role"}
    found = labels(
        json.dumps({"truth": [planted], "ambient": [role], "vendor": "A"}).encode(),
        default_taxonomy(),
    )
    assert found.truth == [Value("NATIONAL_ID", "521-05-3403", "body>text", 3)]
    assert found.ambient == [Value("EMAIL_ADDRESS", "info@example.com")]
    assert (found.kinds, found.vendor) == (["role"], "A")


def test_an_ambient_value_without_a_kind_has_its_category_for_one() -> None:
    data = b'{"ambient": [{"category": "DIGITS", "value": "17"}]}'
    assert labels(data, default_taxonomy()).kinds == ["DIGITS"]


def test_a_record_without_labels_has_nothing_planted() -> None:
    assert labels(b'{"text": "x"}', default_taxonomy()).truth == []


@pytest.mark.parametrize("line", [b"{", b'{"truth": [{"value": "secret-value"}]}', b'{"truth": 1}'])
def test_malformed_labels_are_an_error_without_values(line: bytes) -> None:
    with pytest.raises(RecordError) as error:
        labels(line, default_taxonomy())
    assert "secret-value" not in str(error.value)


LEAVES = [
    Leaf("a", (), "Jane"),
    Leaf("b", (), "Jane Doe <jane.doe@example.com>"),
    Leaf("c", (), "please call Jane Doe about it"),
    Leaf("d", (), "三浦さんに連絡してください"),
    Leaf("e", (), "ip:192.0.2.219"),
]


@pytest.mark.parametrize(
    ("value", "where", "prose"),
    [
        ("Jane", "a", False),
        ("Jane", "c", True),
        ("三浦", "d", True),
        ("192.0.2.219", "e", False),
        ("Jane", "not decoded", False),
        ("elsewhere", "not decoded", True),
    ],
)
def test_free_text(value: str, where: str, prose: bool) -> None:
    assert in_prose([Value("X", value, where, 4)], LEAVES) == [prose]


def test_a_field_with_nothing_but_planted_values_is_no_free_text() -> None:
    values = ["Jane Doe", "jane.doe@example.com"]
    assert in_prose([Value("X", value, "b", 0) for value in values], LEAVES) == [False, False]
