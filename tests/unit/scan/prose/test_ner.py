"""What a model finds is kept only where the names agree; no model is needed to test that."""

import pytest

from detectors.decode import Leaf
from detectors.scan.prose.names import default_names
from detectors.scan.prose.ner import NerReader, agreed
from detectors.scan.prose.segments import Prose


@pytest.mark.parametrize(
    ("text", "name", "label", "kept"),
    [
        ("Why is Kimberly so impulsive?", "Kimberly", "PERSON", True),
        ("Producer Mary Jones explained", "Mary Jones", "PERSON", True),
        ("the Zorbulon release is out", "Zorbulon", "PERSON", False),
        ("we flew to Paris on Monday", "Paris", "PERSON", False),
        ("the work of Walker Inc is good", "Walker", "PERSON", False),
        ("we use Terraform for this", "Terraform", "PERSON", False),
    ],
)
def test_agreement(text: str, name: str, label: str, *, kept: bool) -> None:
    prose = Prose(Leaf("$.note", ("note",), text))
    start = text.index(name)
    span = agreed(prose, default_names(), start, start + len(name), label)
    assert span == ((start, start + len(name)) if kept else None)


def test_the_model_is_optional() -> None:
    assert not NerReader(model="no_such_model_is_installed").available
