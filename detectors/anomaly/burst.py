"""Bursts: more in 1, 3, 10 or 60 minutes than is usual for the hour and its neighbours.

The last ten minutes of each key are kept; a short window is held against its share of the hour's
mean, with the dispersion of windows of its length. The hour so far is held against the whole hour.
What is too much where next to nothing is usual is called off-hours, and what would be usual at
another hour of the day, which did not bring it, a moved batch.
"""

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
_MINUTES = np.array(list(WINDOWS.values()), np.float64)
_SHORT = _MINUTES[:-1]
_STEEP = np.array(list(STEEP.values()))
_FULL = np.array(list(FULL.values()))


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


class _Windows(NamedTuple):
    """What the windows of some rows brought, against what: (windows, rows) each, but `unit`."""

    brought: Numbers
    mean: Numbers
    unit: Numbers
    spread: Numbers
    stray: Numbers
    """The spread, and how unsure the mean is."""


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
    seen = _windows(rows, usual, at, minute)
    distance = above(seen.brought / seen.unit, seen.mean / seen.unit, seen.stray)
    score = surprise(distance)
    judged = (distance > 0) & usual.judged[at] & _worth_a_word(rows, seen, usual, at, settings)
    best: dict[int, Alarm] = {}
    for number, name in enumerate(WINDOWS):
        tail = calibration.tail(name)
        tail.observe(score[number, calm], len(rows.index))
        likelihood = tail.calibrated(score[number])
        bar = calibration.bar(name, settings.false_alarms_a_week) + rows.of["bar"][at]
        found = np.nonzero(judged[number] & (likelihood >= bar))[0]
        for one in found[survivors(likelihood[found], len(rows.index))].tolist():
            alarm = _alarm(rows, usual, seen, number, at, one)._replace(
                surprise=float(score[number, one]),
                likelihood=float(likelihood[one]),
                bar=float(bar[one]),
            )
            known = best.get(alarm.row)
            if known is None or alarm.likelihood - alarm.bar > known.likelihood - known.bar:
                best[alarm.row] = alarm
    return list(best.values())


def _windows(rows: Rows, usual: Usual, at: Index, minute: int) -> _Windows:
    running = rows.running.of
    ring, age = running["ring"][at].astype(np.float64), (minute - _RING) % 10
    brought = np.empty((len(WINDOWS), len(at)))
    brought[:-1] = (_SHORT[:, None] > age).astype(np.float64) @ ring.T
    brought[-1] = running["count"][at]
    mean = _MINUTES[:, None] * (usual.high[at] / 60)
    spread = _window_spreads(usual.spread[at])
    return _Windows(brought, mean, usual.unit[at], spread, spread + usual.doubt[at])


def _worth_a_word(
    rows: Rows, seen: _Windows, usual: Usual, at: Index, settings: BaselineSettings
) -> NDArray[np.bool_]:
    """Whether it is enough, and enough times the usual. Where traffic comes in clumps, a window
    that has any has (1 + dispersion) times the mean on average: it must exceed that too. And about
    a batch, which may fill a part of its hour only, a minute must exceed the busiest ones."""
    ratio = settings.min_ratio
    batch = usual.high[at] > BATCH * usual.level[at]
    busiest = np.where(batch, ratio * rows.of["peak"][at], 0.0)
    times = np.maximum(_STEEP[:, None], 1 + seen.spread)
    return (
        (seen.brought >= _least(usual, at, settings))
        & (seen.brought >= ratio * times * seen.mean)
        & (seen.brought >= _FULL[:, None] * busiest)
    )


def _alarm(rows: Rows, usual: Usual, seen: _Windows, number: int, at: Index, one: int) -> Alarm:
    row = int(at[one])
    name = list(WINDOWS)[number]
    own = float(usual.mean[row]) * WINDOWS[name] / 60
    low, high = _range(
        own,
        *(
            float(part)
            for part in (seen.mean[number, one], seen.unit[one], seen.stray[number, one])
        ),
    )
    return Alarm(
        row=row,
        rule="off-hours" if _off_hours(usual, at[one : one + 1])[0] else "volume-high",
        detector=name,
        metric=rows.metric(row),
        minutes=WINDOWS[name],
        observed=float(seen.brought[number, one]),
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
    return np.stack([one, np.sqrt(one * ten), ten, hour])


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
