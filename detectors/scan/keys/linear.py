"""A small linear model of key paths, for words that the lexicon does not have.

Its features are hashed pieces of the last keys; its weights come from public API schemas
(deploy/training/train_keys.py) and are a data file. It only adds: it is asked where the lexicon
says nothing, and the value's strict shape must agree.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast
from zlib import crc32

VERSION = 1
BUCKETS = 8192
_GRAMS = (3, 4, 5)
_LONGEST = 40
Words = tuple[str, ...]


def features(names: Sequence[Words]) -> list[int]:
    """The buckets of a key path: pieces and words of the last key, words of the one above."""
    return sorted({crc32(piece.encode()) % BUCKETS for piece in _pieces(names)})


def _pieces(names: Sequence[Words]) -> Iterator[str]:
    own = names[-1]
    text = f"^{' '.join(own)[-_LONGEST:]}$"
    yield "bias"
    for size in _GRAMS:
        for start in range(len(text) - size + 1):
            yield text[start : start + size]
    yield f"last {own[-1]}"
    for word in own:
        yield f"word {word}"
    if len(names) > 1 and names[-2]:
        yield f"above {names[-2][-1]}"
        yield f"pair {names[-2][-1]} {own[-1]}"


class LinearModel:
    """Weights in one byte each, a row of entities a bucket."""

    def __init__(self, header: dict[str, Any], weights: bytes) -> None:
        self.header = header
        self.entities: list[str] = header["entities"]
        self._thresholds: list[float] = header["thresholds"]
        self._step = len(self.entities)
        if header["version"] != VERSION or len(weights) != BUCKETS * self._step:
            raise ValueError("the weights are of another version of the model")
        self._weights = memoryview(weights).cast("b")

    @classmethod
    def parse(cls, data: bytes) -> "LinearModel":
        """A file of weights: a line of JSON that says what it is, then the bytes."""
        header, _, weights = data.partition(b"\n")
        return cls(cast("dict[str, Any]", json.loads(header)), weights)

    def scores(self, names: Sequence[Words]) -> list[float]:
        """The log odds of each entity."""
        step, weights, scale = self._step, self._weights, float(self.header["scale"])
        rows = [weights[at * step : (at + 1) * step] for at in features(names)]
        return [sum(column) * scale for column in zip(*rows, strict=True)]

    def propose(self, names: tuple[Words, ...]) -> str | None:
        """The entity that a key path speaks of, where the model is sure enough."""
        if not names or not names[-1]:
            return None
        scores = self.scores(names)
        margin, entity = max(
            (score - threshold, entity)
            for score, threshold, entity in zip(
                scores, self._thresholds, self.entities, strict=True
            )
        )
        return entity if margin >= 0 else None


@cache
def default_model() -> LinearModel:
    """The model that comes with Egresswatch."""
    return LinearModel.parse(files("detectors.scan.keys").joinpath("model/keys.bin").read_bytes())


def propose(names: tuple[Words, ...]) -> str | None:
    """What the model that comes with Egresswatch says; it is read at the first question."""
    return default_model().propose(names)
