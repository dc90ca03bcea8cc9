"""Bursts: more in 1, 3, 10 or 60 minutes than is usual for the hour and its neighbours.

The last ten minutes of each key are kept; a short window is held against its share of the hour's
mean, with the dispersion of windows of its length. The hour so far is held against the whole hour.
What is too much where next to nothing is usual is called off-hours, and what would be usual at
another hour of the day, which did not bring it, a moved batch.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import Calibration, survivors
from detectors.anomaly.counts import Numbers, above, surprise, upper_range
from detectors.anomaly.rows import Index, Rows
from detectors.anomaly.season import Season, Usual
from detectors.anomaly.settings import BaselineSettings

WINDOWS: Final = {"minute": 1, "minutes3": 3, "minutes10": 10, "hour": 60}
STEEP: Final = {"minute": 3.0, "minutes3": 2.5, "minutes10": 1.25, "hour": 1.0}
"""`min_ratio` counts so many times for short windows: clients that retry double or treble for some
minutes, without a word to be lost on it."""
FULL: Final = {"minute": 1.0, "minutes3": 2.5, "minutes10": 6.0, "hour": 0.0}
"""How many of the busiest minutes' worth a window has when a batch fills it."""
BATCH: Final = 2.0
"""An hour that brings so many times an average one, or stands beside one that does, may be a
batch's."""
RANGE: Final = 2.0
"""The usual range that is shown reaches so many deviations from the mean."""
OFF_HOURS: Final = 0.05
"""An hour that usually brings less than this share of an average one is off-hours."""

_RING = np.arange(10)


def fold(
    rows: Rows, at: Index, minute: int, count: Numbers, events: Numbers, size: Numbers
) -> None:
    """Adds a minute's counts to the running hours of some rows, each once."""
    of = rows.running.of
    of["count"][at] += count
    of["events"][at] += events
    of["size"][at] += size
    of["squares"][at, 0] += count * count
    of["peak"][at] = np.maximum(of["peak"][at], count)
    _new_block(rows, at, minute // 10)
    of["block"][at] += count
    age = (minute - _RING) % 10
    gap = np.minimum(minute - of["ring_at"][at].astype(np.int64), 10)
    ring = of["ring"][at] * (age[None, :] >= gap[:, None])
    ring[:, minute % 10] = count
    of["ring"][at] = ring
    of["ring_at"][at] = minute


def _new_block(rows: Rows, at: Index, block: int) -> None:
    of = rows.running.of
    over = at[of["block_at"][at] != block]
    of["squares"][over, 1] += of["block"][over] ** 2
    of["block"][over] = 0.0
    of["block_at"][over] = block


def squares(rows: Rows, at: Index) -> Numbers:
    """(rows, 3): the sums of squares of the closing hour's minutes, tens of minutes, and itself."""
    of = rows.running.of
    tens = of["squares"][at, 1] + of["block"][at] ** 2
    return np.stack([of["squares"][at, 0], tens, of["count"][at] ** 2], axis=1)


class _Window(NamedTuple):
    """One length of window for some rows: what it brought, against what."""

    name: str
    minutes: int
    brought: Numbers
    mean: Numbers
    unit: Numbers
    stray: Numbers


def bursts(
    season: Season,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    minute: int,
) -> list[Alarm]:
    """What the minute that `fold` has added makes unusual, at most one alarm a row; teaches the
    calibration."""
    rows = season.rows
    calm = rows.of["hot"][at].astype(np.int64) < minute // 60 - 1
    best: dict[int, Alarm] = {}
    for window in _windows(rows, usual, at, minute):
        distance = above(window.brought / window.unit, window.mean / window.unit, window.stray)
        score = surprise(distance)
        tail = calibration.tail(window.name)
        tail.observe(score[calm], len(rows.index))
        likelihood = tail.calibrated(score)
        bar = calibration.bar(window.name, settings.false_alarms_a_week) + rows.of["bar"][at]
        found = np.nonzero(
            (likelihood >= bar)
            & (distance > 0)
            & usual.judged[at]
            & _worth_a_word(rows, window, usual, at, settings)
        )[0]
        for one in found[survivors(likelihood[found], len(rows.index))].tolist():
            alarm = _alarm(rows, usual, window, at, one)._replace(
                surprise=float(score[one]),
                likelihood=float(likelihood[one]),
                bar=float(bar[one]),
            )
            known = best.get(alarm.row)
            if known is None or alarm.likelihood - alarm.bar > known.likelihood - known.bar:
                best[alarm.row] = alarm
    return list(best.values())


def _windows(rows: Rows, usual: Usual, at: Index, minute: int) -> Iterator[_Window]:
    running = rows.running.of
    ring, age = running["ring"][at].astype(np.float64), (minute - _RING) % 10
    spreads, high, unit = _window_spreads(usual.spread[at]), usual.high[at], usual.unit[at]
    for number, (name, minutes) in enumerate(WINDOWS.items()):
        count = running["count"][at] if minutes == 60 else (ring * (age < minutes)).sum(axis=1)
        stray = spreads[:, number] + usual.doubt[at]
        yield _Window(name, minutes, count, high * minutes / 60, unit, stray)


def _worth_a_word(
    rows: Rows, window: _Window, usual: Usual, at: Index, settings: BaselineSettings
) -> NDArray[np.bool_]:
    """Whether it is enough, and enough times the usual. Where traffic comes in clumps, a window
    that has any has (1 + dispersion) times the mean on average: it must exceed that too. And about
    a batch, which may fill a part of its hour only, a minute must exceed the busiest ones."""
    count, mean, ratio = window.brought, window.mean, settings.min_ratio
    busiest = rows.of["peak"][at] * FULL[window.name]
    clump = mean * (1 + window.stray - usual.doubt[at])
    return (
        (count >= _least(usual, at, settings))
        & (count >= ratio * STEEP[window.name] * mean)
        & (count >= ratio * clump)
        & (count >= np.where(usual.high[at] > BATCH * usual.level[at], ratio * busiest, 0.0))
    )


def _alarm(rows: Rows, usual: Usual, window: _Window, at: Index, one: int) -> Alarm:
    row = int(at[one])
    own = float(usual.mean[row]) * window.minutes / 60
    low, high = _range(own, *(float(part[one]) for part in window[3:]))
    return Alarm(
        row=row,
        rule="off-hours" if _off_hours(usual, at[one : one + 1])[0] else "volume-high",
        detector=window.name,
        metric=rows.metric(row),
        minutes=window.minutes,
        observed=float(window.brought[one]),
        expected=own,
        low=low,
        high=high,
        visits=int(usual.visits[row]),
        surprise=0.0,
        likelihood=0.0,
        bar=0.0,
    )


def _window_spreads(spread: Numbers) -> Numbers:
    """Dispersions of the four windows: that of three minutes lies between its neighbours."""
    one, ten, hour = spread.T
    return np.stack([one, np.sqrt(one * ten), ten, hour], axis=1)


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
