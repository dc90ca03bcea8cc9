"""Days of rows as logarithms, before anything is read off them: what all have in common, which
stand alone, which are unknown."""

from typing import Final

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import Index

WEEK: Final = 7
ISOLATED: Final = 0.4
"""A day that is so far from those around it is left out: a campaign, a holiday, an outage."""


def of_fleet(logs: Numbers) -> Numbers:
    """What all rows have in common on each day: the median, little of it where few have a say."""
    away = logs.T - _of_weekday(logs.T)
    count = np.isfinite(away).sum(axis=1)
    days = np.zeros(len(away))
    if (count >= 3).any():
        days[count >= 3] = np.nanmedian(away[count >= 3], axis=1)
    return days * count / (count + 8.0)


def _of_weekday(logs: Numbers) -> Numbers:
    """(days, rows) for each day the middle of its weekday's."""
    weeks = logs.reshape(len(logs) // WEEK, WEEK, -1)
    return np.tile(_middle(weeks), (len(weeks), 1))


def without_isolated(logs: Numbers) -> Numbers:
    """Days far from those around them become unknown (after the Hampel filter: L. Davies and
    U. Gather, "The identification of multiple outliers", Journal of the American Statistical
    Association 88, 1993): not those of a ramp, nor those after a step."""
    away = logs - _of_weekday(logs)
    size, rows = logs.shape
    edge = np.full((2, rows), np.nan)
    edged: Numbers = np.concatenate([edge, away, edge])
    around = _middle(np.stack([edged[shift : shift + size] for shift in range(5)]))
    apart = np.abs(away - around)
    ordered = np.sort(apart, axis=0)  # the unknown are last
    middle = np.minimum(np.isfinite(apart).sum(axis=0) // 2, size - 1)
    stray = 1.4826 * ordered[middle, np.arange(rows)]
    return np.where(apart > np.fmax(3 * stray, ISOLATED), np.nan, logs)


def _middle(numbers: Numbers) -> Numbers:
    """Along the first axis the mean of what is known, without the largest and the least where there
    are three or more; 0 where nothing is known."""
    known = ~np.isnan(numbers)
    count, total = known.sum(axis=0, dtype=np.int8), np.where(known, numbers, 0.0).sum(axis=0)
    trimmed = count >= 3
    ends = np.where(trimmed, np.fmax.reduce(numbers) + np.fmin.reduce(numbers), 0.0)
    return (total - ends) / np.maximum(count - 2 * trimmed, 1)


def filled(logs: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Unknown days as the mean of their weekday, or of all; how many known ones there are; and how
    many besides one of each weekday."""
    weeks = logs.reshape(len(logs) // WEEK, WEEK, -1)
    known = np.isfinite(weeks)
    count: Index = known.sum(axis=0)
    total: Numbers = np.where(known, weeks, 0.0).sum(axis=0)
    mean: Numbers = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    own: Numbers = total / np.maximum(count, 1)
    whole = np.where(known, weeks, np.where(count > 0, own, mean)).reshape(logs.shape)
    free = np.maximum(count - 1, 0).sum(axis=0)
    return whole, count.sum(axis=0).astype(np.float64), free.astype(np.float64)
