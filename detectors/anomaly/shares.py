"""Shares that fall: requests go on, and those that carry a category become fewer.

What an hour should have had of a category is what the same hour of the week has of so many
requests, or those beside it, whichever is less: some categories come in some hours only. It is no
more than its shares ever are, which are known for all hours together (`ratios`). Where requests are
less than half the usual it says nothing: clients are away, and holidays are made of other things.

What it had is a count, which may be 0, and is judged as one: by how much likelier it is if the
share has fallen to a third (or by one standard deviation, where that is more) than if it has not,
under a negative binomial (`counts`). Its dispersion is how much more the counts of the category
stray than those of its service, and than values do, given their requests (`fill`). A category whose
counts do may come and go for days, so that its hours stray together: what they say is then bounded.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.calibration import START
from detectors.anomaly.counts import Numbers, surprise
from detectors.anomaly.fill import fill_of
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import SURE, Usual

FALL: Final = float(np.log(3.0))
"""In logarithms: what is looked for. Where a client breaks, or begins to mask, little is left."""
LEAST_SPREAD: Final = 0.002
"""Of any share, as a dispersion."""
SHARE: Final = 0
"""Which ratio of a category it is."""
AS_USUAL: Final = 0.5
"""Of the usual requests: with fewer no share is judged."""
DEVIATIONS: Final = 2.0
"""How far shares may be above their mean."""
KNOWN: Final = 0.05
"""What the variance of a share's logarithm counts for where the hour of the week is known: most of
the rest is what hours differ by."""
_NOT_LESS: Final = 0.75
"""What has such a part of what is due is no likelier if it has fallen: to a third by .61 at most,
by so much at any rate."""


class Services(NamedTuple):
    """All requests of each service in the closing hour, by its number."""

    requests: Numbers
    row: Index
    """Which row counts them; -1 for none."""

    @classmethod
    def of(cls, rows: Rows) -> "Services":
        services, group = rows.of_all(), rows.group["service"]
        size = int(group[: rows.used].max(initial=0)) + 1
        requests, row = np.zeros(size), np.full(size, -1)
        requests[group[services]] = rows.running.of["count"][services]
        row[group[services]] = services
        return cls(requests, row)


class Due(NamedTuple):
    """What the closing hour should have had of some rows' categories; 0 for whole services."""

    requests: Numbers
    share: Numbers
    """Which share of the requests of such an hour is usual."""
    more: Numbers
    """How much more the counts of the category stray than those of its service, and"""
    spread: Numbers
    """how much all told, as dispersions."""

    @classmethod
    def of(cls, rows: Rows, usual: Usual, services: Services, at: Index) -> "Due":
        number = rows.group["service"][at]
        every, whole = services.requests[number], services.row[number]
        part = every / usual.mean[whole]
        known = ~rows.whole[at] & (whole >= 0) & (part >= AS_USUAL)
        spread: Numbers = rows.of["ratio_spread"][at, SHARE].astype(np.float64)
        highest = rows.of["ratio"][at, SHARE] + DEVIATIONS * np.sqrt(spread)
        highest, unit = np.exp(np.minimum(highest, 0.0)), usual.unit[at]
        share = np.minimum(highest, usual.mean[at] / unit / usual.mean[whole])
        requests = np.minimum(every * highest, usual.low[at] / unit * np.minimum(part, 1.0))
        of_values = fill_of(rows, at) / np.maximum(usual.mean[at], usual.level[at])
        counts, of_all = usual.spread[at, -1] - of_values, usual.spread[whole, -1]
        more = np.maximum((1 + counts) / (1 + of_all) - 1, 0.0)
        of_logs: Numbers = np.where(usual.visits[at] >= SURE, np.minimum(spread, KNOWN), spread)
        spread = np.maximum(more, of_logs) + usual.doubt[at] + LEAST_SPREAD
        return cls(np.where(known, requests, 0.0), share, more, spread)

    def take(self, some: Index) -> "Due":
        return Due(*(part[some] for part in self))


def absent(rows: Rows, usual: Usual, services: Services) -> Index:
    """Which rows had nothing in the closing hour, though it should have had a request with them at
    least, by how many requests their services had."""
    known = rows.live[: rows.used] & (rows.of["ratio_hours"][: rows.used, SHARE] > 0)
    at = np.nonzero(known & (rows.running.of["count"][: rows.used] <= 0))[0]
    return at[Due.of(rows, usual, services, at).requests >= 1]


def bounded(sums: Numbers, latest: Numbers, due: Due) -> Numbers:
    """What has been added up, but no more than how surprising it is that shares have fallen as far
    as in the `latest` hours (in logarithms), if these stray together: by the deviance of a gamma
    distribution."""
    some = np.nonzero((sums > START) & (due.requests >= 1))[0]  # few
    fall = np.maximum(np.log(due.share[some]) - latest[some], 0.0)
    deviance = 2 * (fall - 1 + np.exp(-fall)) / np.maximum(due.more[some], 1e-9)
    sums[some] = np.minimum(sums[some], surprise(np.sqrt(deviance)))
    return sums


def steps_of(seen: Numbers, due: Due, is_open: NDArray[np.bool_]) -> Numbers:
    """`likelier_fallen`, where that is more than 0 or a sum `is_open`; else 0."""
    steps = np.zeros(len(seen))
    some = np.nonzero((seen < _NOT_LESS * due.requests) | is_open & (due.requests > 0))[0]
    steps[some] = likelier_fallen(seen[some], due.take(some))
    return steps


def likelier_fallen(seen: Numbers, due: Due) -> Numbers:
    """ln of how much likelier so many requests are if the share has fallen."""
    mean, size = due.requests, 1 / due.spread
    fall = np.maximum(FALL, np.sqrt(due.spread + 1 / np.maximum(mean, 0.1)))
    return (seen + size) * np.log((size + mean) / (size + mean * np.exp(-fall))) - seen * fall
