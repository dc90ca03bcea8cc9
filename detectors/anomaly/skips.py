"""Batches that are skipped now and then: how often, by what days brought.

A negative binomial says how runs stray, not that one is left out. A day that had nearly a run less
than others of its kind skipped one. Days that had as much more than them say how many are so by
chance: the difference of both numbers counts where it is more than its own standard deviation
(Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
percentages", Psychometrika 12, 1947).
"""

from typing import Final

import numpy as np

from detectors.anomaly.bins import FREE, of_week
from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import DAYS, Index, Rows

NEARLY: Final = 0.75
"""The share of a run by which a day is apart from others."""


def unlikely_skips(rows: Rows, at: Index) -> Numbers:
    """-ln of how likely services skip as many runs, one after another, as they have missed now,
    each at the rate at which they skipped some in four weeks before; infinite if they did not."""
    of = rows.of
    runs = np.maximum(of["quiet_hours"][at], 1).astype(np.float64)
    run = np.maximum(of["quiet_expected"][at] / runs, 1e-9)
    brought, usual = _days(rows, at)
    apart = (usual - brought) / run[:, None]
    less, more = (apart > NEARLY).sum(axis=1), (apart < -NEARLY).sum(axis=1)
    skipped = np.where(less - more > np.sqrt(less + more), less - more, 0)
    due = np.nansum(usual, axis=1) / run
    often = np.minimum(skipped / np.maximum(due, 1.0), 1.0)
    with np.errstate(divide="ignore"):
        return -runs * np.log(often)


def _days(rows: Rows, at: Index) -> tuple[Numbers, Numbers]:
    """(rows, DAYS - 1) what the days before a silence brought, and the median of their kind, on
    weekdays or weekends by a service's clock; unknown where a day is."""
    of = rows.of
    newest = of["days_at"][at].astype(np.int64)[:, None]
    days = of["quiet_since"][at].astype(np.int64)[:, None] // 24 - np.arange(1, DAYS)
    logs = np.take_along_axis(of["days"][at].astype(np.float64), days % DAYS, axis=1)
    born = of["born"][at].astype(np.int64)[:, None] // 24  # a day that is not whole
    known = (days <= newest) & (days > np.maximum(newest - DAYS, born))
    brought = np.where(known, np.expm1(logs), np.nan)
    free = FREE[of["clock"][at][:, None], of_week(days * 24 + 12)]
    usual = np.full(brought.shape, np.nan)
    for kind in (free, ~free):
        some = kind & np.isfinite(brought)
        usual = np.where(some, _median(np.where(some, brought, np.nan)), usual)
    return brought, usual


def _median(numbers: Numbers) -> Numbers:
    """(rows, 1) of what is known in each row, the higher of two; infinite if nothing is."""
    count = np.isfinite(numbers).sum(axis=1, keepdims=True)
    ordered = np.sort(np.where(np.isfinite(numbers), numbers, np.inf), axis=1)
    return np.take_along_axis(ordered, count // 2, axis=1)
