"""What traffic is made of: ratios that should not move, whatever the volume does.

Of a category: the share of the service's requests that carry it, values to a request, and people
to a value. Of all requests of a service: destinations, and bytes to a request. The logarithm of
each has a slow mean and variance; what lies above is summed up as it lasts, and what lies below by
itself (two-sided CUSUM; E. Page, "Continuous inspection schemes", Biometrika 41, 1954). What is
summed up is ln of how much likelier an hour is if the ratio has grown by the least that is worth a
word, or by one standard deviation where that is more: the sum passes h about once in exp(h) hours
by chance, or less often (G. Lorden, "Procedures for reacting to a change in distribution", Annals
of Mathematical Statistics 42, 1971), so it is its own surprise. Falls are judged of shares
(`shares`), values and bytes; fewer people to a value, or fewer destinations, spread nothing.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import LATEST as LATEST_HOURS
from detectors.anomaly.rows import RATIOS, WAYS, Index, Rows
from detectors.anomaly.shares import SHARE, Due, Services, bounded, steps_of

MEMORY: Final = 100.0
"""Hours of a ratio's mean and variance."""
MOST_HOURS: Final = 500.0
"""What hours are counted up to."""
HIGHEST: Final = 30_000.0
"""What a sum may reach: half of what its field holds."""
LEARNING, FEW, WEEK = 16.0, 2.0, 64.0
"""Hours with traffic before a ratio is judged; of what comes in batches, once a row's level has
seen a week."""
LATEST: Final = 0.75
"""Of the weight of the latest hours from one to the next."""
LEAST_SHIFT: Final = 0.4
"""In logarithms: a ratio must have moved by half to be worth a word."""
CLIP: Final = np.array([[6.0], [6.0], [8.0], [6.0], [6.0]])
"""What an hour adds at most, each way, and as much for each empty one before it; people to a value
stray least, and leave at once."""
_FRESH: Final = np.append(1 - LATEST ** np.arange(1.0, 1 + LATEST_HOURS), 1.0)
"""What the newest hour weighs in the latest ones, by how many before it were empty."""
OPEN, SLOW = 6.0, 0.2
"""A sum that may be an incident, and how much is learnt meanwhile."""
LEAST_SPREAD: Final = 0.1
"""Of volumes, as a variance: below it they say nothing of what goes with them."""
PRIOR, PRIOR_HOURS, PRIOR_ROWS = 0.05, 5.0, 8.0
"""A ratio's variance before it is known, and the hours, and rows, that it counts for."""
SAMPLE: Final = 4096
"""Rows that are asked, spread over all."""

OF_CATEGORY: Final = ("share of requests", "values per request", "people per value")
VALUES, PEOPLE = 1, 2
OF_SERVICE: Final = ("destinations", "bytes per request")
OF_WAY: Final = np.array([SHARE, VALUES, PEOPLE, SHARE, VALUES])
"""Which ratio goes each way, and"""
SIGN: Final = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
"""whether up or down."""
LESS: Final = RATIOS + SHARE
"""The way of a share that falls."""


class Known(NamedTuple):
    """What is known of the ratios of some rows: (RATIOS, rows) each."""

    mean: Numbers
    spread: Numbers
    hours: Numbers
    own: Numbers
    """The variance in force."""

    @classmethod
    def of(cls, rows: Rows, at: Index) -> "Known":
        mean, spread, hours = (
            rows.numbers(name, at) for name in ("ratio", "ratio_spread", "ratio_hours")
        )
        own = (spread * hours + PRIOR * PRIOR_HOURS) / (hours + PRIOR_HOURS)
        return cls(mean, spread, hours, own)


class _Sums(NamedTuple):
    """What the ratios of some rows had added up before the hour: (WAYS, rows) each."""

    up: Numbers
    latest: Numbers
    """(RATIOS, rows) the means of the latest hours."""
    top: Numbers
    """The highest that a sum was since 0."""
    told: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Rows, at: Index) -> "_Sums":
        up, latest, top = (
            rows.numbers(name, at) for name in ("ratio_sum", "ratio_now", "ratio_top")
        )
        return cls(up, latest, top, top < 0)


class _Observed(NamedTuple):
    """The closing hour's ratios of some rows: (RATIOS, rows) each."""

    logs: Numbers
    """Their logarithms; 0 where there is nothing to compare."""
    there: NDArray[np.bool_]
    noise: Numbers
    """The variances that so few events give them."""


def _observed(rows: Rows, at: Index, people: Numbers, every: Numbers, mean: Numbers) -> _Observed:
    """`people` is the distinct subjects, or for a whole service its destinations, of each row in
    `at`; `every` its service's requests. Of shares the variance is that of the usual share (`mean`
    is its logarithm): five of six is little where half is usual. None at all is taken as half a
    request."""
    running = rows.running.of
    count, events = running["count"][at], running["events"][at]
    whole = rows.whole[at]
    share = np.exp(np.minimum(mean, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.stack(
            [
                np.where(whole, people, np.maximum(events, 0.5) / every),
                np.where(whole, running["size"][at], count) / events,
                np.where(whole, np.nan, people / count),
            ]
        )
        of_people = 1 / np.maximum(people, 1)
        of_share = (1 / share - 1) / np.maximum(every, 1)
        noise = np.stack(
            [np.where(whole, of_people, of_share), 1 / np.maximum(events, 1), of_people]
        )
        logs = np.log(values)
    there = np.isfinite(logs)
    there[SHARE] &= whole | (every * share >= 1)  # of others hours without any are not known
    return _Observed(np.where(there, logs, 0.0), there, np.maximum(noise, 0.0) + 0.002)


class Judged(NamedTuple):
    """What an hour's ratios have become: (RATIOS, rows) each, or (WAYS, rows)."""

    mean: Numbers
    """Before the hour."""
    due: Due
    hours: Numbers
    logs: Numbers
    latest: Numbers
    """The mean of the latest hours."""
    stray: Numbers
    lasting: Numbers
    """What is left of the weight of the hours before in the latest ones."""
    by_volume: Numbers
    """What of the ratio comes of the hour's volume, and is not in the numbers before."""
    up: Numbers
    """(WAYS, rows)"""
    top: Numbers
    """(WAYS, rows) the highest that its sum was since 0."""
    is_judged: NDArray[np.bool_]
    """(WAYS, rows)"""

    def usual(self, one: Index, way: Index) -> Numbers:
        """What is usual, some ways in some rows."""
        return np.where(way == LESS, np.log(self.due.share[one]), self.mean[OF_WAY[way], one])

    def usual_by(self, one: Index, way: Index) -> Numbers:
        """How far the latest hours may be from it: two deviations of such a mean."""
        lasting = self.lasting[OF_WAY[way], one]
        stray = np.where(way == LESS, self.due.spread[one], self.stray[OF_WAY[way], one])
        return 2 * np.sqrt(stray * (1 - lasting) / (1 + lasting))

    def away(self, one: Index, way: Index) -> Numbers:
        """How far the newest hour has gone."""
        return SIGN[way] * (self.logs[OF_WAY[way], one] - self.usual(one, way))

    def moved(self, one: Index, way: Index) -> Numbers:
        """How far the latest hours have gone, and the newest as well."""
        lately = SIGN[way] * (self.latest[OF_WAY[way], one] - self.usual(one, way))
        return np.minimum(self.away(one, way), lately)


def prior_of(rows: Rows, at: Index) -> Numbers:
    """(RATIOS,) the variance of a ratio that is not known yet: the median row's, of those that
    are."""
    some = at[:: max(1, len(at) // SAMPLE)]
    spread, hours = rows.numbers("ratio_spread", some), rows.numbers("ratio_hours", some)
    prior = np.full(RATIOS, PRIOR)
    for ratio, old in enumerate(hours >= LEARNING):
        if old.any():
            count = int(old.sum())
            median = float(np.median(spread[ratio, old]))
            prior[ratio] = (median * count + PRIOR * PRIOR_ROWS) / (count + PRIOR_ROWS)
    return prior


def take(
    rows: Rows, at: Index, people: Numbers, services: Services, due: Due, prior: Numbers
) -> Judged:
    """Adds the hour's ratios up, and learns them."""
    known = Known.of(rows, at)
    mean, own, hours, sums = known.mean, known.own, known.hours, _Sums.of(rows, at)
    stray = (known.spread * hours + prior[:, None] * PRIOR_HOURS) / (hours + PRIOR_HOURS)
    every, came = services.requests[rows.group["service"][at]], rows.running.of["count"][at] > 0
    seen = _observed(rows, at, people, every, mean[SHARE])
    worth = np.where(seen.there & came, own / (own + seen.noise), 0.0)
    rate = _rate(sums, worth, hours)
    by_volume = np.zeros_like(mean)
    by_volume[PEOPLE] = _for_volume(rows, at, seen, known, rate[PEOPLE])
    seen = seen._replace(logs=seen.logs - by_volume)
    old = rows.of["level_hours"][at] >= WEEK
    judged = seen.there & (hours >= np.where(old, FEW, LEARNING))
    judged = judged[OF_WAY]
    judged[LESS] &= ~rows.whole[at] & (hours[SHARE] >= LEARNING)
    empty = np.where(came, _empty_before(rows, at), 0)
    away, variance = seen.logs - mean, stray + seen.noise + stray / np.maximum(hours, 1)
    less = steps_of(rows.running.of["events"][at], due, sums.up[LESS] > 0)
    step = _likelier(away, variance, less)
    step = np.where(judged, np.clip(step, -CLIP, CLIP * (1 + empty)), 0.0)
    lasting = 1 - LEAST_SHIFT**2 / (LEAST_SHIFT**2 + seen.noise) * _FRESH.take(empty)
    up, latest = _added_up(sums, seen, step, np.where(hours < 1, 0.0, lasting))
    up[LESS] = bounded(up[LESS], latest[SHARE], due)
    top = np.where(sums.told, sums.top, np.maximum(sums.top, up))
    put(rows, "ratio_sum", at, up)
    put(rows, "ratio_now", at, latest)
    _learn(rows, at, seen, known, rate)
    put(rows, "ratio_hours", at, np.minimum(hours + worth, MOST_HOURS))
    return Judged(
        mean=mean,
        due=due,
        hours=hours,
        logs=seen.logs,
        latest=latest,
        stray=stray,
        lasting=lasting,
        by_volume=by_volume,
        up=up,
        top=top,
        is_judged=judged,
    )


def put(rows: Rows, name: str, at: Index, numbers: Numbers) -> None:
    """Writes a field of some rows; part by part, which takes half as long as at once."""
    for part, values in zip(rows.of[name].T, numbers, strict=True):
        part[at] = values


def _empty_before(rows: Rows, at: Index) -> Index:
    """How many of the feed's latest hours brought nothing, in a row up to this one."""
    newest_first = rows.numbers("before", at)[::-1] > 0
    return np.select([*newest_first], [*range(LATEST_HOURS)], LATEST_HOURS)


def _likelier(away: Numbers, variance: Numbers, less: Numbers) -> Numbers:
    """(WAYS, rows) ln of how much likelier a ratio is that has gone each way by the least worth a
    word, or by one standard deviation where that is more; `less` is that of shares that fall."""
    shift = np.maximum(LEAST_SHIFT, np.sqrt(variance))
    times = shift / variance
    along, least = times * away, times * shift / 2
    return np.stack([*(along - least), less, -along[VALUES] - least[VALUES]])


def _added_up(
    sums: _Sums, seen: _Observed, step: Numbers, lasting: Numbers
) -> tuple[Numbers, Numbers]:
    """The sums, and the means of the latest hours, with this hour. `lasting` is what there is left
    of the weight of those before."""
    soon = sums.told & (step < 0)  # is soon over when it is over
    up = np.clip(np.where(soon, sums.up / 2, sums.up) + step, 0, HIGHEST)
    latest = sums.latest * lasting + (1 - lasting) * seen.logs
    return up, np.where(seen.there, latest, sums.latest)


def _rate(sums: _Sums, worth: Numbers, hours: Numbers) -> Numbers:
    """How much of the way to an hour's ratios their means move; an hour is worth less where few
    events make it noise. Hardly at all while a sum is up, until it was told."""
    is_open = (sums.up > OPEN) & ~sums.told
    is_open[: WAYS - RATIOS] |= is_open[RATIOS:]
    slow = np.where(is_open[:RATIOS], SLOW, 1.0)
    return slow * worth / np.maximum(np.minimum(hours, MEMORY) + worth, 1e-9)


def _for_volume(rows: Rows, at: Index, seen: _Observed, known: Known, rate: Numbers) -> Numbers:
    """What of people to a value comes of the hour's volume, and learns it: the more values, the
    more often the same people come again. A line through the logarithms (least squares)."""
    of = rows.of
    mean, spread, slope_by = (
        rows.numbers(name, at) for name in ("volume", "volume_spread", "volume_people")
    )
    new = known.hours[PEOPLE] == 0
    volume = np.log(np.maximum(rows.running.of["count"][at], 1.0))
    away = np.where(new, 0.0, volume - mean)
    slope = np.clip(slope_by / (spread + LEAST_SPREAD), -1.0, 0.0)
    off = np.where(seen.there[PEOPLE], seen.logs[PEOPLE] - known.mean[PEOPLE], 0.0)
    of["volume"][at] = np.where(new, volume, mean + rate * away)
    of["volume_spread"][at] = spread + rate * (away**2 - spread)
    of["volume_people"][at] = slope_by + rate * (away * np.clip(off, -2.0, 2.0) - slope_by)
    return np.where(seen.there[PEOPLE], slope * away, 0.0)


def _learn(rows: Rows, at: Index, seen: _Observed, known: Known, rate: Numbers) -> None:
    """Means and variances move by at most two deviations' worth."""
    mean, spread, own = known.mean, known.spread, known.own
    bound = np.where(known.hours < LEARNING, np.inf, 2 * np.sqrt(own))
    step = np.where(seen.there, np.clip(seen.logs - mean, -bound, bound), 0.0)
    put(rows, "ratio", at, mean + rate * step)
    square = np.clip(step**2 - seen.noise, 0.0, 9 * own)
    moved = spread + np.minimum(rate, 0.5) * (square - spread)
    put(rows, "ratio_spread", at, np.where(known.hours == 0, spread, moved))
