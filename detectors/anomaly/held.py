"""What a pause has held back: after minutes in which less than half came of what was due, all of it
may come at once. Work that was put off is no burst."""

from typing import Final

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import BLOCKS, Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.sliding import Windows, rates

LOW: Final = 0.5
"""Tens of minutes with less than this share of what was due begin a pause."""
_BACK = np.arange(BLOCKS + 1)


def held_back(rows: Rows, usual: Usual, at: Index, minute: int, seen: Windows) -> Numbers:
    """(windows, rows) what was due before each window, from a pause on, and has not come yet: what
    the hours before owe, and tens of minutes since. `seen` are the windows of these rows."""
    debt = np.zeros_like(seen.mean) + usual.owed[at]
    short, paused = np.zeros_like(debt), debt > 0
    for due, came in zip(*_before(rows, usual, at, minute, seen), strict=True):
        begins = ~paused & (came < LOW * due)
        debt = np.where(begins, short, debt)  # some tens of minutes before it may have begun
        short = np.maximum(debt + due - came, 0.0)
        paused |= begins
        debt = np.where(paused, short, 0.0)
    return np.where(seen.clumped, 0.0, debt)


def _before(
    rows: Rows, usual: Usual, at: Index, minute: int, seen: Windows
) -> tuple[Numbers, Numbers]:
    """(tens of minutes, windows, rows) what was due before each window, and what came, oldest
    first. Of hours that owe something, or had an alarm, what came is not known any more: there as
    much was due."""
    newest = np.maximum(minute % 10 + 1 + 10 * (_BACK - 1), 0)
    oldest = minute % 10 + 1 + 10 * _BACK
    running = rows.running.of
    each = np.vstack([running["block"][at], running["blocks"][at].T.astype(np.float64)])
    until = each.cumsum(axis=0)[:, None, :]
    inside = np.maximum(until - each[:, None, :], seen.brought)
    came = np.maximum(until - inside, 0.0)
    length = np.maximum(oldest[:, None] - np.maximum(newest[:, None], seen.minutes), 0.0)
    rate = rates(usual, at, (minute % 60 + 1 - (newest + oldest) / 2) / 60)[0]
    due = length[:, :, None] / 60 * rate[:, None, :] * seen.pace
    unknown = (rows.of["hot"][at].astype(np.int64) >= usual.hour - 1) | (usual.owed[at] > 0)
    due = np.where(unknown & (oldest > minute % 60 + 1)[:, None, None], came, due)
    return due[::-1], came[::-1]
