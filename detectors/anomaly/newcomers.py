"""New keys where there is a bound on their number: who makes room, and when it is an explosion.

A key that was seen on one day only makes room first, the longest unseen before the others; one
that has proven itself only when it was not seen for a day. So a flood of generated names washes out
itself, and not what was learnt.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from detectors.anomaly.rows import Index, Key, Rows

SHARE: Final = 10
"""In one minute at most a tenth of the bound is taken in."""
EXPLOSION: Final = 500
"""New keys in an hour that are worth an alert, where ten times fewer are usual."""
UNSEEN: Final = 180 * 24
"""Hours after which a key is forgotten in any case."""


def victims(rows: Rows, wanted: int, hour: int, busy: Iterable[int]) -> list[int]:
    """At most so many rows that can make room, the first to go first; never the busy ones."""
    if wanted <= 0:
        return []
    candidates = np.setdiff1d(rows.alive(), np.fromiter(busy, np.int64))
    seen = rows.of["came"][candidates].astype(np.int64) // 60
    proven = seen - rows.of["born"][candidates].astype(np.int64) >= 24
    free = ~proven | (hour - seen >= 24)
    order = np.lexsort((candidates[free], seen[free], proven[free]))
    return candidates[free][order][:wanted].tolist()


def forgotten(rows: Rows, hour: int) -> Index:
    """Rows that were not seen for so long that what they know says nothing any more."""
    alive = rows.alive()
    return alive[hour - rows.of["came"][alive].astype(np.int64) // 60 > UNSEEN]


def is_explosion(count: int, usual: float) -> bool:
    return count >= EXPLOSION and count >= 10 * usual


def busiest(newcomers: dict[str, int]) -> Key:
    """The "channel sub-processor" with the most new keys, as a key."""
    whose = min(newcomers, key=lambda one: (-newcomers[one], one))
    channel, subprocessor = whose.split(" ", 1)
    return channel, subprocessor, "", ""
