"""Running text of any kind: spans inside the leaf, no errors, an end to the work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.decode import Decoded, Leaf
from detectors.scan.prose import ProseReader
from detectors.scan.prose.segments import Prose, flatten

READER = ProseReader()
PIECES = st.sampled_from(
    """my name is~Jane Roe~Dear~Mr~12~Elm Street~,~\n~.~(~+49 30 1234567~<b>~</p>~&nbsp;~İstanbul~ß
    ~住所は~123-4567~様~丁目~12番~born on~1/2/1990~SSN~A-1~rue~de la~Calle~straße 5/6~diabetes
    ~is a catholic~passport~:~=~user=~[10/Oct/~\u3000~e\u0301~'~’~-~_~<a@b.example>""".split("~")  # noqa: SIM905 a list of so many would be longer than the tests
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=30).map(" ".join)


@given(st.lists(TEXTS, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_hits_stand_in_their_leaves(texts: list[str]) -> None:
    leaves = [Leaf(f"$[{n}]", (), text) for n, text in enumerate(texts)]
    for hit in READER.read(Decoded(leaves=leaves), ()):
        assert any(hit.leaf is leaf for leaf in leaves)
        assert 0 <= hit.start < hit.end <= len(hit.leaf.text)
        assert hit.entity in READER.entities
        assert 0.4 <= hit.score <= 1


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_words_keep_their_places(text: str) -> None:
    prose = Prose(Leaf("$", (), text))
    assert len(flatten(text)) == len(text)
    for word, start, end in zip(prose.words, prose.starts, prose.ends, strict=True):
        assert text[start:end] == word


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    ["Dear A ", "my name is ", "<a ", "丁目1", "田 1", "Street 1 ", "rue Ab ", "Aa 1-", "住所は1",
     "diabetes diagnosed ", "IBAN DE12 ", "ssn A1 ", "Jane Roe, ", "Ab, Ab CA ", "様", "Straße 1/",
     "is a catholic ", "糖尿病、あ"],
)  # fmt: skip
def test_long_texts_end(unit: str) -> None:
    """In a second or so; what takes quadratic time would take many minutes."""
    list(READER.read(Decoded(leaves=[Leaf("$", (), (unit * 256_000)[:256_000])]), ()))
