"""Fuller requests: more values of a category than so many requests usually hold.

How many requests come depends on the day; what each holds hardly does. So what a minute brought,
and the ten minutes under way, is held against the requests that brought it: a bulk export shows in
its first requests, however busy the day is.

Values of so many requests have a variance of `fill` times their mean, as in a quasi-Poisson model,
and `fill` is the mean of Pearson's statistic over past minutes (P. McCullagh and J. Nelder,
"Generalized Linear Models", 1989, 9.2). What is above the mean is taken to come in lumps as
large as what a request usually holds: their number is Poisson. To that comes what the ratio strays
from hour to hour (`detectors.anomaly.ratios`).
"""

from math import sqrt
from typing import Final

import numpy as np

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, above, surprise
from detectors.anomaly.ratios import VALUES, Known
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.settings import BaselineSettings

DETECTOR: Final = "fuller"
PRIOR, PRIOR_MINUTES = 1.5, 20.0
"""`fill` before it is known, and the minutes that it counts for."""
LEAST: Final = 0.2
SEVERAL: Final = 3.0
"""Lumps that are more than chance."""
"""What `fill` is at the least: clients that always send as much may begin not to."""
MOST: Final = 1e6
"""What a minute tells of `fill` at most: a thousand values where one is usual."""
LEAST_HOURS, LEAST_MINUTES = 4.0, 60.0
"""With requests, before values are held against them: some nights of a nightly batch."""
RANGE: Final = 2.0
"""The usual range that is shown reaches so many deviations from the mean."""


def note(rows: Rows, at: Index, unit: Numbers, count: Numbers, events: Numbers) -> None:
    """Takes in how full a minute's requests were, for the lessons of the hour."""
    of, mean = rows.running.of, unit * np.maximum(events, 1.0)
    pearson = np.minimum((count - mean) ** 2 / mean, MOST)
    some = ~rows.whole[at]
    of["fill"][at[some]] += pearson[some]
    of["fill_minutes"][at[some]] += 1
    of["lump"][at] = np.maximum(of["lump"][at], count - mean)


def fill_of(rows: Rows, at: Index) -> Numbers:
    """The variance of values, as times their mean, given their requests."""
    found, minutes = rows.numbers("fill", at), rows.numbers("fill_minutes", at)
    return np.maximum((found + PRIOR * PRIOR_MINUTES) / (minutes + PRIOR_MINUTES), LEAST)


def expect(rows: Rows, row: int, unit: float, lump: float) -> None:
    """An analyst expects so many values at once above what their requests usually hold: the next
    are one lump. Where they are next to nothing there was no such thing to expect."""
    at = np.array([row])
    if lump > SEVERAL * max(unit, float(fill_of(rows, at)[0])):
        minutes = float(rows.of["fill_minutes"][row]) + PRIOR_MINUTES
        rows.of["fill"][row] = min(lump, MOST) * minutes - PRIOR * PRIOR_MINUTES


def fuller(
    rows: Rows,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    minute: int,
    latest: tuple[Numbers, Numbers],
) -> list[Alarm]:
    """What the minute that `burst.fold` has added makes unusual, at most one alarm a row. `latest`
    are the minute's values and requests."""
    known = Known.of(rows, at)
    learnt = (known.hours[VALUES] >= LEAST_HOURS) & (rows.of["fill_minutes"][at] >= LEAST_MINUTES)
    which = np.nonzero(~rows.whole[at] & learnt)[0]
    at, hours, stray = at[which], known.hours[VALUES, which], known.own[VALUES, which]
    values = np.stack([latest[0][which], rows.running.of["block"][at]])
    requests = np.stack([latest[1][which], rows.running.of["block_events"][at]])
    requests = np.maximum(requests, 1.0)  # whatever the sums say, values come in requests
    unit, fill = usual.unit[at], fill_of(rows, at)
    mean, lump = unit * requests, np.maximum(unit, fill)
    lumps = fill * mean / lump**2
    score = surprise(above(lumps + (values - mean) / lump, lumps, stray * (lump / fill) ** 2))
    top = rows.running.of["top_fuller"]
    top[at] = np.maximum(top[at], score.max(axis=0))
    worth = (values >= settings.min_count) & (values >= settings.min_ratio * mean)
    score = np.where(worth, score, 0.0)
    best, line = score.argmax(axis=0), np.arange(len(at))
    likelihood = calibration.tail(DETECTOR).calibrated(score[best, line])
    bar = calibration.bar(DETECTOR, settings.false_alarms_a_week) + rows.of["bar"][at]
    found = np.nonzero(likelihood >= bar)[0]
    alarms: list[Alarm] = []
    for one in found[survivors(likelihood[found], len(rows.index))].tolist():
        window = best[one]
        expected = float(mean[window, one])
        sway = RANGE * sqrt(fill[one] * expected + stray[one] * expected**2)
        alarms.append(
            Alarm(
                row=int(at[one]),
                rule="volume-high",
                detector=DETECTOR,
                metric="values",
                minutes=(1, minute % 10 + 1)[window],
                observed=float(values[window, one]),
                expected=expected,
                low=max(expected - sway, 0.0),
                high=expected + sway,
                visits=int(hours[one]),
                surprise=float(score[window, one]),
                likelihood=float(likelihood[one]),
                bar=float(bar[one]),
                requests=int(requests[window, one]),
            )
        )
    return alarms


def teach(rows: Rows, calibration: Calibration, hour: int) -> None:
    """Tells the calibration the closing hour's highest surprises, of rows without an alarm."""
    calm = rows.calm(hour)
    some = calm[~rows.whole[calm]]
    calibration.tail(DETECTOR).observe(rows.running.of["top_fuller"][some], len(some))
