"""Shares that fall: requests go on, and those that carry a category become fewer.

What an hour should have had of a category is its usual share of the hour's requests, but no more
than the same hour of the week has, or those beside it: some categories come in some hours only.
Where requests are less than half the usual it says nothing: clients are away, and holidays are made
of other things.
What it had is a count, which may be 0, and is judged as one: by how much likelier it is if the
share has fallen to a half (or by one standard deviation, where that is more) than if it has not,
under a negative binomial (`counts`). How much shares stray is known from their logarithms, which
hours without any do not have; where these are many, from how much more the counts of the category
stray than those of its service, and than values do, given their requests (`fill`). Such a category
may well come and go for days, so that its hours stray together: what they say is then bounded.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, surprise
from detectors.anomaly.fill import fill_of
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Usual

LEAST_FALL: Final = float(np.log(2.0))
"""In logarithms: what falls by less is not looked for."""
SHARE: Final = 0
"""Which ratio of a category it is."""
AS_USUAL: Final = 0.5
"""Of the usual requests: with fewer no share is judged."""
_NOT_LESS: Final = 0.75
"""What has such a part of what is due is no likelier if it has fallen: ln 2 is 1.4 times 1/2."""


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
    stray: Numbers
    """How much shares stray for all that is known of counts, and how unsure these are, as
    dispersions."""

    @classmethod
    def of(cls, rows: Rows, usual: Usual, services: Services, at: Index) -> "Due":
        number = rows.group["service"][at]
        every, whole = services.requests[number], services.row[number]
        part = every / usual.mean[whole]
        known = ~rows.whole[at] & (whole >= 0) & (part >= AS_USUAL)
        share = np.exp(np.minimum(rows.of["ratio"][at, SHARE], 0.0))
        requests = np.minimum(every * share, usual.low[at] / usual.unit[at] * np.minimum(part, 1.0))
        of_values = fill_of(rows, at) / np.maximum(usual.mean[at], usual.level[at])
        counts, of_all = usual.spread[at, -1] - of_values, usual.spread[whole, -1]
        more = np.maximum((1 + counts) / (1 + of_all) - 1, 0.0)
        return cls(np.where(known, requests, 0.0), np.stack([more, usual.doubt[at]]))

    def take(self, some: Index) -> "Due":
        return Due(self.requests[some], self.stray[:, some])


def absent(rows: Rows, usual: Usual, services: Services) -> Index:
    """Which rows had nothing in the closing hour, though it should have had a request with them at
    least, by how many requests their services had."""
    known = rows.live[: rows.used] & (rows.of["ratio_hours"][: rows.used, SHARE] > 0)
    at = np.nonzero(known & (rows.running.of["count"][: rows.used] <= 0))[0]
    return at[Due.of(rows, usual, services, at).requests >= 1]


def together(fall: Numbers, more: Numbers) -> Numbers:
    """How surprising a fall by so much, in logarithms, is at the most, if hours stray together with
    the dispersion `more`: by the deviance of a gamma distribution."""
    deviance = 2 * (fall - 1 + np.exp(-fall)) / np.maximum(more, 1e-9)
    return surprise(np.sqrt(deviance))


def steps_of(seen: Numbers, due: Due, stray: Numbers, is_open: NDArray[np.bool_]) -> Numbers:
    """`likelier_fallen`, where that is more than 0 or a sum `is_open`; else 0."""
    steps = np.zeros(len(seen))
    some = np.nonzero((seen < _NOT_LESS * due.requests) | is_open)[0]
    steps[some] = likelier_fallen(seen[some], due.take(some), stray[some])
    return steps


def likelier_fallen(seen: Numbers, due: Due, stray: Numbers) -> Numbers:
    """ln of how much likelier so many requests are if the share has fallen. `stray` is the variance
    of its logarithm."""
    more, doubt = due.stray
    spread = np.maximum(stray, more) + doubt
    mean = np.maximum(due.requests, 1e-9)
    fall = np.maximum(LEAST_FALL, np.sqrt(spread + 1 / np.maximum(mean, 0.1)))
    size = 1 / spread
    return (seen + size) * np.log((size + mean) / (size + mean * np.exp(-fall))) - seen * fall
