"""Bursts: more in 1, 3, 10, 30 or 60 minutes than is usual for the hour.

Work may have moved to it from the hours beside it. That is seldom, so that what moved work explains
must still be surprising; but in the weeks after clocks have changed, where it has moved the way
they went (`daylight`).

What is too much where next to nothing is usual is called off-hours, and what would be usual at
another hour of the day, which did not bring it, a moved batch.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import START, Calibration, survivors
from detectors.anomaly.counts import Numbers, above, surprise, upper_range
from detectors.anomaly.daylight import SELDOM
from detectors.anomaly.held import held_back
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Season, Usual
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.sliding import WINDOWS, Windows, clumps, windows
from detectors.anomaly.tails import learn

STEEP: Final = {"minute": 3.0, "minutes3": 2.5, "minutes10": 1.0, "minutes30": 1.0, "hour": 1.0}
"""`min_ratio` counts so many times for short windows: clients that retry double or treble for some
minutes, without a word to be lost on it."""
DETECTOR: Final = "windows"
"""Windows see the same traffic: the least likely of them speaks for all, and how often it does so
without cause is learnt of it, so that they need not share out what false alarms are bearable."""
BATCHES: Final = " of batches"
"""Batches are calibrated apart: they stray more than other traffic."""
RANGE: Final = 2.0
"""The usual range that is shown reaches so many deviations from the mean."""
OFF_HOURS: Final = 0.05
"""An hour that usually brings less than this share of an average one is off-hours."""

_STEEP = np.array(list(STEEP.values()))


def bursts(
    season: Season,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    minute: int,
) -> list[Alarm]:
    """What the minute that `sliding.fold` has added makes unusual, at most one alarm a row: of
    its least likely window."""
    rows = season.rows
    seen = windows(rows, usual, at, minute)
    score = _surprise(rows, usual, at, minute, seen)
    least = _least(usual, at, settings)
    judged = usual.judged[at] & _worth_a_word(seen, least, rows.numbers("bulk", at), settings)
    score = np.where(judged, score, 0.0)
    top = rows.running.of["top"]
    top[at] = np.maximum(top[at], score.T)
    some = np.nonzero((score > START).any(axis=0))[0]  # few
    each = _each(calibration, seen.clumped[:, some], score[:, some])
    likelihood = calibration.tail(DETECTOR).calibrated(
        each.max(axis=0), usual.tails.often[at[some]], usual.tails.far[at[some]]
    )
    bar = calibration.bar(DETECTOR, settings.false_alarms_a_week) + rows.of["bar"][at[some]]
    found = np.nonzero(likelihood >= bar)[0]
    found = found[survivors(likelihood[found], len(rows.index))]
    return [
        _alarm(rows, usual, seen, number, at, place, minute)._replace(
            surprise=float(score[number, place]),
            likelihood=float(likelihood[one]),
            bar=float(bar[one]),
        )
        for one, place, number in zip(
            found.tolist(),
            some[found].tolist(),
            each[:, found].argmax(axis=0).tolist(),
            strict=True,
        )
    ]


def _surprise(rows: Rows, usual: Usual, at: Index, minute: int, seen: Windows) -> Numbers:
    """(windows, rows): work is where it usually is, or it has moved. What may have been held back
    is added to what is seen as usual, where it matters."""
    score = surprise(above(seen.brought / seen.unit, seen.mean / seen.unit, seen.stray))
    some = np.nonzero((score > START).any(axis=0))[0]  # few
    held = held_back(rows, usual, at[some], minute, seen.few(some))
    seen.mean[:, some] += held
    seen.moved[:, some] += held
    few = seen.few(some)
    here, elsewhere = (
        surprise(above(few.brought / few.unit, mean / few.unit, few.stray))
        for mean in (few.mean, few.moved)
    )
    score[:, some] = np.minimum(here, elsewhere + SELDOM)
    return score


def _each(calibration: Calibration, clumped: NDArray[np.bool_], score: Numbers) -> Numbers:
    """(windows, rows) -ln of how likely each window has such a score in an hour without cause."""
    return np.stack(
        [
            np.where(
                batches,
                calibration.tail(name + BATCHES).calibrated(one),
                calibration.tail(name).calibrated(one),
            )
            for name, batches, one in zip(WINDOWS, clumped, score, strict=True)
        ]
    )


def teach(rows: Rows, usual: Usual, calibration: Calibration, hour: int) -> None:
    """Tells the calibration the closing hour's highest surprises, of rows without an alarm: of
    windows of each length, and of the least likely of them."""
    calm = rows.calm(hour)
    tops, clumped = rows.running.of["top"].T.take(calm, axis=1), clumps(usual, calm)
    some = np.nonzero((tops > START).any(axis=0))[0]  # few
    batches, tops = clumped[:, some], tops[:, some]
    for number, name in enumerate(WINDOWS):
        trials = int(np.count_nonzero(clumped[number]))
        calibration.tail(name).observe(tops[number, ~batches[number]], len(calm) - trials)
        calibration.tail(name + BATCHES).observe(tops[number, batches[number]], trials)
    least = _each(calibration, batches, tops).max(axis=0)
    tail = calibration.tail(DETECTOR)
    tail.observe(least, len(calm))
    learn(rows, calm[some], hour, *tail.beyond(least))


def _worth_a_word(
    seen: Windows, least: Numbers, bulk: Numbers, settings: BaselineSettings
) -> NDArray[np.bool_]:
    """Whether it is enough, and enough times the usual, and more than the fullest requests bring.
    Where traffic comes in clumps, a window that has any has (1 + dispersion) times the mean on
    average: it must exceed that too."""
    times = settings.min_ratio * np.maximum(_STEEP[:, None], 1 + seen.spread)
    fuller = seen.brought - seen.mean >= settings.min_ratio * bulk
    return (seen.brought >= least) & (seen.brought >= times * seen.mean) & fuller


def _alarm(
    rows: Rows, usual: Usual, seen: Windows, number: int, at: Index, one: int, minute: int
) -> Alarm:
    row = int(at[one])
    name, whole = list(WINDOWS)[number], int(seen.minutes[number])
    minutes = _counted(rows, row, whole, minute)
    own, mean = (float(part[number, one]) * minutes / whole for part in (seen.own, seen.moved))
    low, high = _range(own, mean, float(seen.unit[one]), float(seen.stray[number, one]))
    return Alarm(
        row=row,
        rule="off-hours" if _off_hours(usual, at[one : one + 1])[0] else "volume-high",
        detector=name,
        metric=rows.metric(row),
        minutes=minutes,
        observed=float(seen.brought[number, one]),
        expected=own,
        low=low,
        high=high,
        visits=int(usual.visits[row]),
        surprise=0.0,
        likelihood=0.0,
        bar=0.0,
        weekend=bool(usual.weekend[row]),
    )


def _counted(rows: Rows, row: int, minutes: int, minute: int) -> int:
    """Of how many of a window's minutes it says what came: of those before the hour it does not
    where an alarm has told them (see `closing`), or where nothing came."""
    known = minutes <= len(rows.running.of["ring"][row]) or rows.of["blocks"][row].any()
    return minutes if known else min(minutes, minute % 60 + 1)


def _least(usual: Usual, at: Index, settings: BaselineSettings) -> Numbers:
    """The least count worth a word: off-hours a quarter of it."""
    off = _off_hours(usual, at)
    return np.where(off, max(settings.min_count / 4, 3.0), float(settings.min_count))


def _off_hours(usual: Usual, at: Index) -> NDArray[np.bool_]:
    return (
        (usual.high[at] < OFF_HOURS * usual.level[at])
        & (usual.visits[at] >= 3)
        & (usual.level[at] >= usual.unit[at])
    )


def _range(mean: float, highest: float, unit: float, stray: float) -> tuple[float, float]:
    """What is usual, from below the hour's own mean to above the busiest neighbour's."""
    down = unit * upper_range(np.array(mean / unit), np.array(stray), -RANGE)
    up = unit * upper_range(np.array(highest / unit), np.array(stray), RANGE)
    return max(0.0, float(down)), float(up)
