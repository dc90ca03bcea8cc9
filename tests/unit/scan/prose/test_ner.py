"""What a model finds is kept only where the names agree; no model is needed to test that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Decoded, Leaf
from detectors.scan.prose.names import default_names
from detectors.scan.prose.ner import NerReader, agreed, may_agree
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
    assert may_agree(prose, default_names()) or not kept


_WORDS = st.sampled_from(
    ["Kimberly", "Jones", "the", "Zorbulon", "of", "Mary-Ann", "O'Neil", "J.", "Paris", "van", "Wu"]
)


@given(st.lists(_WORDS, min_size=3, max_size=7), st.sampled_from(["PERSON", "ORG", "GPE"]))
def test_the_cheap_test_loses_nothing(words: list[str], label: str) -> None:
    prose = Prose(Leaf("$.note", ("note",), " ".join(words)))
    spans = [(s, e) for s in prose.starts for e in prose.ends if s < e]
    some = any(agreed(prose, default_names(), start, end, label) for start, end in spans)
    assert may_agree(prose, default_names()) or not some


def test_a_request_with_a_name_only_the_model_sees() -> None:
    text = "Why is Kimberly so impulsive?"
    decoded = Decoded(leaves=[Leaf("$.note", ("note",), text)])
    assert list(NerReader().read(decoded, ())) != []


def test_the_model_is_optional() -> None:
    assert not NerReader(model="no_such_model_is_installed").available
