"""What traffic is made of: ratios that should not move, whatever the volume does.

Of a category: the share of the service's requests that carry it, values to a request, and people
to a value. Of all requests of a service: destinations, and bytes to a request. The logarithm of
each has a slow mean and variance; what lies above is summed up as it lasts (CUSUM; E. Page,
"Continuous inspection schemes", Biometrika 41, 1954). Only growth is judged: where one part grows,
another shrinks. What is summed up is ln of how much likelier an hour is if the ratio has grown by
the least that is worth a word, or by one standard deviation where that is more: the sum passes h
about once in exp(h) hours by chance, or less often (G. Lorden, "Procedures for reacting to a change
in distribution", Annals of Mathematical Statistics 42, 1971), so it is its own surprise.
"""

from collections.abc import Iterator
from itertools import compress
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import START, Calibration, survivors
from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.rows import LATEST as LATEST_HOURS
from detectors.anomaly.rows import RATIOS, Index, Rows
from detectors.anomaly.settings import BaselineSettings

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
CLIP: Final = np.array([[6.0], [6.0], [8.0]])
"""What an hour adds at most, and as much for each empty one before it; people to a value stray
least, and leave at once."""
TOLD: Final = -1.0
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
SHARE, VALUES, PEOPLE = 0, 1, 2
OF_SERVICE: Final = ("destinations", "bytes per request")


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
    """What the ratios of some rows had added up before the hour: (RATIOS, rows) each."""

    up: Numbers
    latest: Numbers
    """The means of the latest hours."""
    top: Numbers
    """The highest that a sum was since 0."""
    told: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Rows, at: Index) -> "_Sums":
        up, latest, top = (
            rows.numbers(name, at) for name in ("ratio_up", "ratio_now", "ratio_top")
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
    is its logarithm): five of six is little where half is usual."""
    running = rows.running.of
    count, events = running["count"][at], running["events"][at]
    whole = rows.whole[at]
    share = np.exp(np.minimum(mean, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.stack(
            [
                np.where(whole, people, events / every),
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
    there[SHARE] &= whole | (every * share >= 1)  # hours without any are not in it
    return _Observed(np.where(there, logs, 0.0), there, np.maximum(noise, 0.0) + 0.002)


def _requests(rows: Rows) -> Numbers:
    """The requests of each service in the closing hour, by its number."""
    services = rows.of_all()
    group = rows.group["service"]
    size = int(group[: rows.used].max(initial=0)) + 1
    requests: Numbers = rows.running.of["count"][services]
    return np.bincount(group[services], requests, size).astype(np.float64)


class _Judged(NamedTuple):
    """What an hour's ratios have become: (RATIOS, rows) each."""

    mean: Numbers
    """Before the hour."""
    hours: Numbers
    latest: Numbers
    usual_by: Numbers
    """How far the latest hours may be from the mean."""
    by_volume: Numbers
    """What of the ratio comes of the hour's volume, and is not in the numbers before."""
    up: Numbers
    top: Numbers
    """The highest that its sum was since 0."""
    is_judged: NDArray[np.bool_]


def shifts(
    rows: Rows,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    people: Numbers,
) -> Iterator[Alarm]:
    """Judges the closing hour's ratios of some rows, and learns them."""
    every, prior, found = _requests(rows), _prior(rows, at), list[Alarm]()
    for piece in pieces(len(at)):
        judged = _take(rows, at[piece], people[piece], every, prior)
        found += _unlikely(rows, calibration, settings, at[piece], judged)
    kept = survivors(np.array([one.likelihood for one in found]), 3 * len(rows.index))
    for alarm in compress(found, kept):
        names = OF_SERVICE if rows.whole[alarm.row] else OF_CATEGORY
        rows.of["ratio_top"][alarm.row, names.index(alarm.metric)] = TOLD
        yield alarm


def _unlikely(
    rows: Rows, calibration: Calibration, settings: BaselineSettings, at: Index, judged: _Judged
) -> Iterator[Alarm]:
    """What passes the bar, and is worth a word."""
    likelihood = _calibrated(calibration, rows, at, judged)
    bar = calibration.bar("mix", settings.false_alarms_a_week) + rows.of["bar"][at]
    enough = rows.running.of["events"][at] >= 3
    moved = judged.latest - judged.mean >= np.maximum(judged.usual_by, LEAST_SHIFT)
    which = (likelihood >= bar) & judged.is_judged & moved & enough
    for one, ratio in np.argwhere(which.T).tolist():
        row, here = int(at[one]), (ratio, one)
        usual, now = (part[here] + judged.by_volume[here] for part in (judged.mean, judged.latest))
        yield Alarm(
            row=row,
            rule=_rule(rows, row, ratio),
            detector="mix",
            metric=(OF_SERVICE if rows.whole[row] else OF_CATEGORY)[ratio],
            minutes=60,
            observed=float(np.exp(now)),
            expected=float(np.exp(usual)),
            low=float(np.exp(usual - judged.usual_by[here])),
            high=float(np.exp(usual + judged.usual_by[here])),
            visits=int(judged.hours[here]),
            surprise=float(judged.up[here]),
            likelihood=float(likelihood[here]),
            bar=float(bar[one]),
        )


def _prior(rows: Rows, at: Index) -> Numbers:
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


def _take(rows: Rows, at: Index, people: Numbers, every: Numbers, prior: Numbers) -> _Judged:
    """Adds the hour's ratios up, and learns them."""
    known = Known.of(rows, at)
    mean, own, hours, sums = known.mean, known.own, known.hours, _Sums.of(rows, at)
    stray = (known.spread * hours + prior[:, None] * PRIOR_HOURS) / (hours + PRIOR_HOURS)
    seen = _observed(rows, at, people, every[rows.group["service"][at]], mean[SHARE])
    worth = np.where(seen.there, own / (own + seen.noise), 0.0)
    rate = _rate(sums, worth, hours)
    by_volume = np.zeros_like(mean)
    by_volume[PEOPLE] = _for_volume(rows, at, seen, known, rate[PEOPLE])
    seen = seen._replace(logs=seen.logs - by_volume)
    old = rows.of["level_hours"][at] >= WEEK
    judged = seen.there & (hours >= np.where(old, FEW, LEARNING))
    empty = _empty_before(rows, at)
    step = _likelier(seen.logs - mean, stray + seen.noise + stray / np.maximum(hours, 1))
    step = np.where(judged, np.clip(step, -CLIP, CLIP * (1 + empty)), 0.0)
    lasting = 1 - LEAST_SHIFT**2 / (LEAST_SHIFT**2 + seen.noise) * _FRESH.take(empty)
    up, latest, top = _added_up(sums, seen, step, np.where(hours < 1, 0.0, lasting))
    _put(rows, "ratio_up", at, up)
    _put(rows, "ratio_now", at, latest)
    _learn(rows, at, seen, known, rate)
    _put(rows, "ratio_hours", at, np.minimum(hours + worth, MOST_HOURS))
    usual_by = 2 * np.sqrt(stray * (1 - lasting) / (1 + lasting))  # two deviations of such a mean
    return _Judged(mean, hours, latest, usual_by, by_volume, up, top, judged)


def _put(rows: Rows, name: str, at: Index, numbers: Numbers) -> None:
    """Writes a field of some rows; part by part, which takes half as long as at once."""
    for part, values in zip(rows.of[name].T, numbers, strict=True):
        part[at] = values


def _empty_before(rows: Rows, at: Index) -> Index:
    """How many of the feed's latest hours brought nothing, in a row up to this one."""
    newest_first = rows.numbers("before", at)[::-1] > 0
    return np.select([*newest_first], [*range(LATEST_HOURS)], LATEST_HOURS)


def _likelier(away: Numbers, variance: Numbers) -> Numbers:
    """ln of how much likelier a ratio is that has grown by the least worth a word, or by one
    standard deviation where that is more."""
    shift = np.maximum(LEAST_SHIFT, np.sqrt(variance))
    return shift * (away - shift / 2) / variance


def _added_up(
    sums: _Sums, seen: _Observed, step: Numbers, lasting: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The sums, the means of the latest hours, and the highest sums, with this hour. `lasting` is
    what there is left of the weight of those before."""
    soon = sums.told & (step < 0)  # is soon over when it is over
    up = np.clip(np.where(soon, sums.up / 2, sums.up) + step, 0, HIGHEST)
    latest = sums.latest * lasting + (1 - lasting) * seen.logs
    top = np.where(sums.told, sums.top, np.maximum(sums.top, up))
    return up, np.where(seen.there, latest, sums.latest), top


def _rate(sums: _Sums, worth: Numbers, hours: Numbers) -> Numbers:
    """How much of the way to an hour's ratios their means move; an hour is worth less where few
    events make it noise. Hardly at all while a sum is up, until it was told."""
    slow = np.where((sums.up > OPEN) & ~sums.told, SLOW, 1.0)
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


def _calibrated(calibration: Calibration, rows: Rows, at: Index, judged: _Judged) -> Numbers:
    """Each ratio by its own tail. It learns how high sums went that are back at 0, once each, and
    nothing of those that were told."""
    up, top = judged.up, judged.top
    over = (up == 0) & (top != 0)
    _put(rows, "ratio_top", at, np.where(over, 0.0, top))
    likelihood, whole = up.copy(), rows.whole[at]
    for some, names in ((~whole, OF_CATEGORY), (whole, OF_SERVICE)):
        for ratio, name in enumerate(names):
            tail = calibration.tail(f"mix of {name}")
            ended = np.nonzero(some & over[ratio])[0]
            trials = int(np.count_nonzero(some & judged.is_judged[ratio]))
            tail.observe(top[ratio][ended], trials)
            high = np.nonzero(some & (up[ratio] > START))[0]  # few
            likelihood[ratio, high] = tail.calibrated(up[ratio][high])
    return likelihood


def _learn(rows: Rows, at: Index, seen: _Observed, known: Known, rate: Numbers) -> None:
    """Means and variances move by at most two deviations' worth."""
    mean, spread, own = known.mean, known.spread, known.own
    bound = np.where(known.hours < LEARNING, np.inf, 2 * np.sqrt(own))
    step = np.where(seen.there, np.clip(seen.logs - mean, -bound, bound), 0.0)
    _put(rows, "ratio", at, mean + rate * step)
    square = np.clip(step**2 - seen.noise, 0.0, 9 * own)
    moved = spread + np.minimum(rate, 0.5) * (square - spread)
    _put(rows, "ratio_spread", at, np.where(known.hours == 0, spread, moved))


def _rule(rows: Rows, row: int, ratio: int) -> str:
    """More destinations, or more people to a value, is data that is spread out."""
    return "spread" if ratio == (0 if rows.whole[row] else PEOPLE) else "mix-shift"
