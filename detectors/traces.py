"""Which traces a minute had: a sample by their ids' hashes, the same on both sides of a join.

A sum keeps the `KEPT` traces whose hashes are smallest, each with its weight (rows read, or
requests). So of two sums both know every trace up to the smaller one's largest hash, and what one
of them lacks there was not in it: a coordinated sample (bottom-k: E. Cohen and H. Kaplan,
"Summarizing data using bottom-k sketches", 2007). With `KEPT` traces or fewer in a minute nothing
is left out. Sums merge in any order to the same sample with the same weights, since a trace that
one of them leaves out has `KEPT` smaller ones before it in the whole as well.

Ids are hashed to be short, not to hide them: flows name them.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import numpy as np

KEPT: Final = 64
VERSION: Final = b"\x01"
ALL: Final = 2**64 - 1
"""The largest hash."""

_TRACE: Final = np.dtype([("hash", "<u8"), ("weight", "<u4")])
_HEAVIEST: Final = 2**32 - 1


def print_of(trace: str) -> int:
    """The 64-bit hash of a trace id."""
    return int.from_bytes(blake2b(trace.encode(), digest_size=8).digest())


def pack(weights: Mapping[int, int]) -> bytes:
    """The sample of some traces with their weights; empty bytes for none."""
    if not weights:
        return b""
    kept = sorted(weights)[:KEPT]
    found = [(trace, min(weights[trace], _HEAVIEST)) for trace in kept]
    return VERSION + np.array(found, _TRACE).tobytes()


def unpack(data: bytes) -> dict[int, int]:
    """The traces of a sample and their weights; ValueError for another format."""
    if not data:
        return {}
    if not is_sample(data):
        raise ValueError("the sample of traces is not in a format that this program reads")
    return dict(np.frombuffer(data, _TRACE, offset=1).tolist())


def is_sample(data: bytes) -> bool:
    """Whether it is in the format of this program."""
    return not data or (data[:1] == VERSION and (len(data) - 1) % _TRACE.itemsize == 0)


def merge(a: bytes, b: bytes) -> bytes:
    """The sample of both."""
    if not a or not b:
        return a or b
    weights = unpack(a)
    for trace, weight in unpack(b).items():
        weights[trace] = weights.get(trace, 0) + weight
    return pack(weights)


def reach(weights: Mapping[int, int]) -> int:
    """Hashes below it are all in the sample."""
    return ALL if len(weights) < KEPT else max(weights)
