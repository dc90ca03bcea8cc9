"""The scanner's memory: bounded, and without influence on what is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.decode import Decoded, Leaf
from detectors.scan import READERS, Reader, Scanner, recognisers
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.memo import Memo

KEYS = KeyNames(default_lexicon())
RECOGNISERS = recognisers(KEYS)
READING = [reader(KEYS) for reader in READERS]
WARM = Scanner(RECOGNISERS, READING, KEYS)

keys = st.sampled_from(["email", "name", "phone", "note", "zip", "customer", "id", "ssn", "dob"])
TEXTS = """
track|Jane Doe|jane@example.com|+49 30 901820|10115|1990-01-02|4.1.2|8.8.8.8|078-05-1120
please call Jane Doe at +1 202 555 0143
"""
texts = st.sampled_from(["", "track" * 100, *TEXTS.strip().replace("\n", "|").split("|")])
leaves = st.lists(st.tuples(keys, texts), max_size=8).map(
    lambda some: [Leaf(f"body>json:$.{key}", (key,), text) for key, text in some]
)


def told(scanner: Scanner, some: list[Leaf]) -> list[tuple[int, str, int, int, float, str]]:
    at = {id(leaf): n for n, leaf in enumerate(some)}
    hits = scanner.scan(Decoded(leaves=some))
    return [(at[id(h.leaf)], h.entity, h.start, h.end, h.score, h.evidence) for h in hits]


@settings(max_examples=200, deadline=None)
@given(leaves)
def test_what_is_remembered_changes_nothing(some: list[Leaf]) -> None:
    fresh = told(Scanner(RECOGNISERS, READING, KEYS), some)
    assert told(WARM, some) == fresh
    assert told(WARM, some) == fresh


@pytest.mark.parametrize(
    "reader", [one for one in READING if isinstance(one, Reader)], ids=lambda reader: reader.name
)
@settings(max_examples=200, deadline=None)
@given(some=leaves)
def test_readers_make_nothing_of_leaves_that_do_not_concern_them(
    reader: Reader, some: list[Leaf]
) -> None:
    hits = reader.read(Decoded(leaves=some), ())
    assert all(reader.concerns(hit.leaf) for hit in hits)


def test_a_memo_keeps_what_comes_again_and_stays_small() -> None:
    memo = Memo[int, str](10)
    memo.keep(-1, "often")
    for number in range(1000):
        memo.keep(number, "once")
        assert memo[-1] == "often"
        assert len(memo) + len(memo._older) <= 20
    assert memo[3] is None


def test_a_memo_shows_nothing_of_its_keys() -> None:
    memo = Memo[str, str](10)
    memo.keep("jane@example.com", "x")
    assert repr(memo) == "<Memo of 1 and 0 entries>"
