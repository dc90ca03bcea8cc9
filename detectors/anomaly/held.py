"""What a pause has held back: after minutes in which next to nothing came, though much was due, all
of it may come at once. Work that was put off is no burst."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, below
from detectors.anomaly.rows import BLOCKS, Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.sliding import Windows, rates

PAUSED: Final = 1.0
"""Deviations by which some tens of minutes must fall short for a pause."""
HALF: Final = 0.5
"""And each of them by more than this share of what was due."""
_BACK = np.arange(BLOCKS + 1)


def held_back(rows: Rows, usual: Usual, at: Index, minute: int, seen: Windows) -> Numbers:
    """(windows, rows) what was due before each window, from a pause on, and has not come yet: what
    the hours before owe, and tens of minutes since. `seen` are the windows of these rows."""
    due, came = _before(rows, usual, at, minute, seen)
    debt = np.zeros_like(seen.mean) + usual.owed[at]
    low_due, low_came, some = (np.zeros_like(debt) for _ in range(3))
    paused = debt > 0
    for due_then, came_then in zip(due, came, strict=True):
        short = due_then - came_then
        low = came_then < HALF * due_then
        low_due, low_came = (
            np.where(low, whole + part, 0.0)
            for whole, part in ((low_due, due_then), (low_came, came_then))
        )
        begins = low & ~paused & _is_pause(low_came, low_due, seen)
        goes_on = np.where(paused, np.maximum(debt + short, 0.0), 0.0)
        # the tens of minutes in which it began may have had some
        debt = np.where(begins, some + low_due - low_came, goes_on)
        some = np.where(low, some, np.maximum(short, 0.0))
        paused |= begins
    return np.where(seen.clumped, 0.0, debt)


def _is_pause(came: Numbers, due: Numbers, seen: Windows) -> NDArray[np.bool_]:
    of_tens = seen.stray[2]
    return below(came / seen.unit, np.maximum(due, 1e-9) / seen.unit, of_tens) >= PAUSED


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
