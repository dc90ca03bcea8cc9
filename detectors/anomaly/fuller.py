"""Fuller requests: more values of a category than so many requests usually hold.

How many requests come depends on the day; what each holds hardly does. So what a minute brought,
and the ten minutes under way, is held against the requests that brought it: a bulk export shows in
its first requests, however busy the day is.

Values of so many requests have a variance of `fill` times their mean, as in a quasi-Poisson model,
and `fill` is the mean of Pearson's statistic over past minutes (P. McCullagh and J. Nelder,
"Generalized Linear Models", 1989, 9.2). What is above the mean is taken to come in lumps as
large as what a request usually holds: their number is Poisson. To that comes what the ratio strays
from hour to hour (`detectors.anomaly.ratios`).

No such model holds where a few requests have nearly all values, as sizes of exports and orders do:
their tails are heavy, and the largest of them tell more than their variance does (P. Embrechts,
C. Klueppelberg and T. Mikosch, "Modelling Extremal Events", 1997, 6.2). So what is told must also
be above its mean by `min_ratio` times the most that a minute lately was (`bulk`), and be unlikely
under logarithms that are normal, too, whose largest of so many minutes that was (3.3.29 there).
"""

from math import log, pi, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, above, surprise
from detectors.anomaly.fill import PRIOR, PRIOR_MINUTES, fill_of
from detectors.anomaly.lessons import FLOW_KEEP, PEAK_KEEP
from detectors.anomaly.ratios import VALUES, Known
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.settings import BaselineSettings

DETECTOR: Final = "fuller"
SEVERAL: Final = 3.0
"""Lumps that are more than chance."""
MOST: Final = 1e6
"""What a minute tells of `fill` at most: a thousand values where one is usual."""
LEAST_BULK: Final = 0.1
"""What a minute lately had above its mean at the least, in what a request holds."""
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


def expect(rows: Rows, row: int, unit: float, lump: float) -> None:
    """An analyst expects so many values at once above what their requests usually hold: the next
    are one lump. Where they are next to nothing there was no such thing to expect."""
    at = np.array([row])
    if lump > SEVERAL * max(unit, float(fill_of(rows, at)[0])):
        rows.of["bulk"][row] = max(lump, float(rows.of["bulk"][row]))
        minutes = float(rows.of["fill_minutes"][row]) + PRIOR_MINUTES
        rows.of["fill"][row] = min(lump, MOST) * minutes - PRIOR * PRIOR_MINUTES


class _Held(NamedTuple):
    """What is judged of some rows; (2, rows) each, of the minute and of the ten minutes under way,
    but for `at`, `hours`, and what follows the mean."""

    at: Index
    hours: Numbers
    """How many their fullness was learnt from."""
    values: Numbers
    requests: Numbers
    mean: Numbers
    """What so many requests usually hold."""
    fill: Numbers
    stray: Numbers
    """The variance of the logarithm of an hour's fullness."""
    bulk: Numbers
    """The most that a minute lately had above its mean."""
    minutes: Numbers
    """Of about how many it is the most."""

    @classmethod
    def of(cls, rows: Rows, usual: Usual, at: Index, latest: tuple[Numbers, Numbers]) -> "_Held":
        known, running = Known.of(rows, at), rows.running.of
        enough = rows.of["fill_minutes"][at] >= LEAST_MINUTES
        learnt = (known.hours[VALUES] >= LEAST_HOURS) & enough
        which = np.nonzero(~rows.whole[at] & learnt)[0]
        at = at[which]
        requests = np.stack([latest[1][which], running["block_events"][at]])
        requests = np.maximum(requests, 1.0)  # whatever the sums say, values come in requests
        return cls(
            at=at,
            hours=known.hours[VALUES, which],
            values=np.stack([latest[0][which], running["block"][at]]),
            requests=requests,
            mean=usual.unit[at] * requests,
            fill=fill_of(rows, at),
            stray=known.own[VALUES, which],
            bulk=rows.numbers("bulk", at),
            minutes=_remembered(rows, at, known.hours[VALUES, which]),
        )

    def worth(self, settings: BaselineSettings) -> NDArray[np.bool_]:
        """Whether it is enough, and enough times the usual and the most so far."""
        times, more = settings.min_ratio, self.values - self.mean
        enough = (self.values >= settings.min_count) & (self.values >= times * self.mean)
        return enough & (more >= times * self.bulk)

    def surprise(self, unit: Numbers) -> Numbers:
        """Of what is above the mean, in lumps."""
        lump = np.maximum(unit, self.fill)
        lumps = self.fill * self.mean / lump**2
        more = (self.values - self.mean) / lump
        distance = above(lumps + more, lumps, self.stray * (lump / self.fill) ** 2)
        return surprise(np.minimum(distance, self._heavy(unit)))

    def _heavy(self, unit: Numbers) -> Numbers:
        """How far what is above the mean is, if its logarithm is normal."""
        root = np.sqrt(2 * np.log(self.minutes))
        largest = root - (np.log(np.log(self.minutes)) + log(4 * pi)) / (2 * root)
        most = np.log1p(np.maximum(self.bulk, LEAST_BULK * unit) / unit)
        return largest * np.log1p(np.maximum(self.values - self.mean, 0.0) / unit) / most


def _remembered(rows: Rows, at: Index, hours: Numbers) -> Numbers:
    """How many minutes `bulk` is the most of: it forgets more slowly than minutes are counted."""
    counted, kept = ((1 - keep**hours) / (1 - keep) for keep in (FLOW_KEEP, PEAK_KEEP))
    return rows.numbers("fill_minutes", at) * kept / counted


def fuller(
    rows: Rows,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    minute: int,
    latest: tuple[Numbers, Numbers],
) -> list[Alarm]:
    """What the minute that `sliding.fold` has added makes unusual, at most one alarm a row.
    `latest` are the minute's values and requests."""
    held = _Held.of(rows, usual, at, latest)
    score, at = held.surprise(usual.unit[held.at]), held.at
    top = rows.running.of["top_fuller"]
    top[at] = np.maximum(top[at], score.max(axis=0))
    score = np.where(held.worth(settings), score, 0.0)
    best, score = score.argmax(axis=0), score.max(axis=0)
    likelihood = calibration.tail(DETECTOR).calibrated(score)
    bar = calibration.bar(DETECTOR, settings.false_alarms_a_week) + rows.of["bar"][at]
    found = np.nonzero(likelihood >= bar)[0]
    return [
        _alarm(held, best[one], one, minute)._replace(
            surprise=float(score[one]), likelihood=float(likelihood[one]), bar=float(bar[one])
        )
        for one in found[survivors(likelihood[found], len(rows.index))].tolist()
    ]


def _alarm(held: _Held, window: int, one: int, minute: int) -> Alarm:
    expected = float(held.mean[window, one])
    sway = RANGE * sqrt(held.fill[one] * expected + held.stray[one] * expected**2)
    return Alarm(
        row=int(held.at[one]),
        rule="volume-high",
        detector=DETECTOR,
        metric="values",
        minutes=(1, minute % 10 + 1)[window],
        observed=float(held.values[window, one]),
        expected=expected,
        low=max(expected - sway, 0.0),
        high=expected + sway,
        visits=int(held.hours[one]),
        surprise=0.0,
        likelihood=0.0,
        bar=0.0,
        requests=int(held.requests[window, one]),
    )


def teach(rows: Rows, calibration: Calibration, hour: int) -> None:
    """Tells the calibration the closing hour's highest surprises, of rows without an alarm."""
    calm = rows.calm(hour)
    some = calm[~rows.whole[calm]]
    calibration.tail(DETECTOR).observe(rows.running.of["top_fuller"][some], len(some))
