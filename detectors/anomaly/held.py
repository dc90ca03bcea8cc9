"""What a pause has held back: after minutes in which less than half came of what was due, all of it
may come at once. Work that was put off is no burst."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, below
from detectors.anomaly.rows import BLOCKS, Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.sliding import Windows, rates

LOW: Final = 0.5
"""Of what was due: less is late."""
PAUSED: Final = 2.0
"""Deviations by which such tens of minutes must fall short for a pause."""
_BACK = np.arange(BLOCKS + 1)


def held_back(rows: Rows, usual: Usual, at: Index, minute: int, seen: Windows) -> Numbers:
    """(windows, rows) what was due before each window and has not come yet: of the hour so far if
    it is late, or since a pause, and what the hours before owe. `seen` are these rows' windows."""
    due, came = _before(rows, usual, at, minute, seen)
    here = came.shape[0] - minute % 60 // 10 - 1  # from there on it is the hour under way
    hour_due, hour_came = due[here:].sum(axis=0), came[here:].sum(axis=0)
    late = np.where(hour_came < LOW * hour_due, hour_due - hour_came, 0.0)
    held = np.maximum(late, _debt(usual.owed[at], due, came, seen))
    return np.where(seen.clumped, 0.0, held)


def _debt(owed: Numbers, due: Numbers, came: Numbers, seen: Windows) -> Numbers:
    """What there is left of what is `owed`, and of what was due since a pause began."""
    debt = np.zeros_like(seen.mean) + owed
    low_due, low_came, short = (np.zeros_like(debt) for _ in range(3))
    paused = debt > 0
    for tens_due, tens_came in zip(due, came, strict=True):
        low = tens_came < LOW * tens_due
        low_due, low_came = (
            np.where(low, whole + tens, 0.0)
            for whole, tens in ((low_due, tens_due), (low_came, tens_came))
        )
        begins = low & ~paused & _is_pause(low_came, low_due, seen)
        goes_on = np.where(paused, np.maximum(debt + tens_due - tens_came, 0.0), 0.0)
        # the tens of minutes in which it began may have had some
        debt = np.where(begins, short + low_due - low_came, goes_on)
        short = np.where(low, short, np.maximum(tens_due - tens_came, 0.0))
        paused |= begins
    return debt


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
