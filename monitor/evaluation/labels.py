"""The truth that a labelled record brings: what was planted in it, and what only looks so."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from detectors.decode import Leaf
from detectors.records.base import translated_errors
from detectors.taxonomy import Taxonomy
from monitor.evaluation.scoring import Value

_WORD = re.compile(r"[^\W\d_]{2,}")
_PROSE_WORDS = 3
"""A leaf with at least so many words besides what is planted in it is free text."""
_PROSE_SIGNS = 8
"""The same for scripts that write without spaces: characters in all."""


class _Label(msgspec.Struct):
    category: str
    value: str
    where: str = ""
    start: int | None = None
    kind: str = ""

    def __repr__(self) -> str:
        return f"<label {self.category}>"


class _Labelled(msgspec.Struct):
    """The members of a labelled record that say what is in it; all of them optional."""

    truth: list[_Label] = []
    ambient: list[_Label] = []
    vendor: Any = ""

    def __repr__(self) -> str:
        return "<labelled record>"


class Labels(NamedTuple):
    """The truth of one record. `kinds` say of each ambient value what it is."""

    truth: list[Value]
    ambient: list[Value]
    kinds: list[str]
    vendor: str


_decoder = msgspec.json.Decoder(_Labelled)


def labels(data: bytes, taxonomy: Taxonomy) -> Labels:
    """The labels in one line of a labelled file, under common names; RecordError if malformed."""
    with translated_errors():
        labelled = _decoder.decode(data)
    return Labels(
        truth=[_value(label, taxonomy) for label in labelled.truth],
        ambient=[_value(label, taxonomy) for label in labelled.ambient],
        kinds=[label.kind or label.category for label in labelled.ambient],
        vendor=str(labelled.vendor),
    )


def _value(label: _Label, taxonomy: Taxonomy) -> Value:
    start = -1 if label.start is None else label.start
    return Value(taxonomy.common_name(label.category), label.value, label.where, start)


def in_prose(values: Sequence[Value], leaves: Sequence[Leaf]) -> list[bool]:
    """Of each value, whether it stands in free text rather than being all that a field holds.

    The leaf at its place says so, without the other values there. A place that is no leaf (it may
    have been taken further apart) is free text where no leaf is just the value.
    """
    texts = {leaf.path: leaf.text for leaf in leaves}
    around: dict[str, str] = {}
    for value in sorted(values, key=lambda value: -len(value.value)):
        if value.where in texts:
            text = around.get(value.where, texts[value.where])
            around[value.where] = text.replace(value.value, " ")
    prose = {where: _is_prose(text) for where, text in around.items()}
    alone = {text.strip() for text in texts.values()}
    return [
        prose.get(value.where, value.start > 0 and value.value.strip() not in alone)
        for value in values
    ]


def _is_prose(text: str) -> bool:
    words = _WORD.findall(text)
    unspaced = any(unicodedata.category(word[0]) == "Lo" for word in words)
    return len(words) >= _PROSE_WORDS or (unspaced and sum(map(len, words)) >= _PROSE_SIGNS)
