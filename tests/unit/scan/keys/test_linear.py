"""The linear model: a sound file, decisions of its own, and nothing that the rules forbid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Leaf
from detectors.scan.keys.linear import BUCKETS, LinearModel, default_model, features, propose
from detectors.scan.keys.names import KeyNames, default_lexicon

KEYS = KeyNames(default_lexicon(), propose)
KEYS_ALONE = KeyNames(default_lexicon())


def test_the_file_says_what_it_is() -> None:
    header = default_model().header
    assert {"version", "entities", "features", "data", "licence", "scale"} <= header.keys()
    assert set(default_model().entities) <= set(default_lexicon().entities)


@pytest.mark.parametrize("cut", [1, 100])
def test_weights_of_another_size_are_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="another version"):
        LinearModel(default_model().header, b"\0" * (BUCKETS * 9 - cut))


@given(
    st.lists(
        st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4).map(tuple), max_size=4
    )
)
def test_any_path_has_bounded_scores(names: list[tuple[str, ...]]) -> None:
    entity = propose(tuple(names))
    assert entity is None or entity in default_model().entities
    if names:
        assert all(0 <= bucket < BUCKETS for bucket in features(names))


@pytest.mark.parametrize(
    ("path", "entity"),
    [(("record", "mobilephonenr"), "PHONE_NUMBER"), (("record", "billzip"), "POSTCODE")],
)
def test_it_adds_what_the_lexicon_lacks(path: tuple[str, ...], entity: str) -> None:
    assert KEYS_ALONE.decide(path).options == ()
    assert [option.entity for option in KEYS.decide(path).options] == [entity]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("email_template_id",), "jane@example.com"),
        (("product", "emailish"), "Paris"),
        (("phone_count",), "4930123456"),
        (("version",), "1.2.3.4"),
        (("order_number",), "ORD-88172"),
    ],
)
def test_what_it_says_needs_a_value_that_agrees(path: tuple[str, ...], text: str) -> None:
    leaf = Leaf("body>json:$." + ".".join(path), path, text)
    assert list(KEYS.find(leaf, in_company=True)) == []


def test_it_never_changes_what_the_lexicon_says() -> None:
    for path in [("user", "name"), ("dob", "day"), ("plz",), ("customer", "email")]:
        assert KEYS.decide(path) == KEYS_ALONE.decide(path)
