"""Bursts: more in 1, 3, 10 or 60 minutes than is usual for the hour and its neighbours.

The last ten minutes of each key are kept; a short window is held against its share of the hour's
mean at the pace of the last hours, with the dispersion of windows of its length. The hour so far is
held against the whole hour. Traffic that comes in batches is held against its busiest minutes
instead, as far as the hour or one beside it has them. What is too much where next to nothing is
usual is called off-hours, and what would be usual at another hour of the day, which did not bring
it, a moved batch.
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
BATCHES: Final = " of batches"
"""Batches are calibrated apart: they stray more than other traffic."""
PEAK_SPREAD, PEAK_WEIGHT = 0.25, 3.0
"""The dispersion of busiest minutes from batch to batch, and the batches that it counts for."""
PACED: Final = 0.6
"""How much of what hours stray is left when their pace is known."""
FULL: Final = {"minute": 1.0, "minutes3": 2.5, "minutes10": 7.0, "hour": 60.0}
"""How many of the busiest minutes' worth a window has when a batch fills it."""
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
    own: Numbers
    """What this hour has on average."""
    mean: Numbers
    """What it may have, since traffic moves."""
    unit: Numbers
    spread: Numbers
    stray: Numbers
    """The spread, and how unsure the mean is."""
    clumped: NDArray[np.bool_]
    """(rows,)"""


def bursts(
    season: Season,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    at: Index,
    minute: int,
) -> list[Alarm]:
    """What the minute that `fold` has added makes unusual, at most one alarm a row."""
    rows = season.rows
    seen = _windows(rows, usual, at, minute)
    distance = above(seen.brought / seen.unit, seen.mean / seen.unit, seen.stray)
    score = surprise(distance)
    judged = usual.judged[at] & _worth_a_word(seen, _least(usual, at, settings), settings)
    top = rows.running.of["top"]
    top[at] = np.maximum(top[at], score.T)
    best: dict[int, Alarm] = {}
    for number, name in enumerate(WINDOWS):
        likelihood = np.where(
            seen.clumped,
            calibration.tail(name + BATCHES).calibrated(score[number]),
            calibration.tail(name).calibrated(score[number]),
        )
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


def teach(rows: Rows, usual: Usual, calibration: Calibration, hour: int) -> None:
    """Tells the calibration the closing hour's highest surprises, of rows without an alarm."""
    alive = rows.alive()
    calm = alive[rows.of["hot"][alive].astype(np.int64) < hour - 1]
    clumped = usual.clumped[calm]
    for kind, some in (("", calm[~clumped]), (BATCHES, calm[clumped])):
        for name, top in zip(WINDOWS, rows.running.of["top"][some].T, strict=True):
            calibration.tail(name + kind).observe(top, len(some))


def _windows(rows: Rows, usual: Usual, at: Index, minute: int) -> _Windows:
    running = rows.running.of
    ring, age = running["ring"][at].astype(np.float64), (minute - _RING) % 10
    brought = np.empty((len(WINDOWS), len(at)))
    brought[:-1] = (_SHORT[:, None] > age).astype(np.float64) @ ring.T
    brought[-1] = running["count"][at]
    clumped = usual.clumped[at]
    own, mean = (_shares(rows, usual, at, hour) for hour in (usual.mean, usual.high))
    spread = _window_spreads(usual.spread[at])
    spread[:-1, clumped] = peak_spread(rows, at[clumped])
    return _Windows(brought, own, mean, usual.unit[at], spread, spread + usual.doubt[at], clumped)


def _shares(rows: Rows, usual: Usual, at: Index, hour: Numbers) -> Numbers:
    """What windows have of an hour, at its pace; (windows, rows). A batch may fill a part of it, as
    busy as its busiest minutes."""
    mean = _MINUTES[:, None] / 60 * hour[at]
    mean[:-1] *= usual.pace[at]
    batch = np.minimum(_FULL[:, None] * rows.of["peak"][at], hour[at])
    return np.where(usual.clumped[at], np.maximum(mean, batch), mean)


def _worth_a_word(seen: _Windows, least: Numbers, settings: BaselineSettings) -> NDArray[np.bool_]:
    """Whether it is enough, and enough times the usual. Where traffic comes in clumps, a window
    that has any has (1 + dispersion) times the mean on average: it must exceed that too."""
    times = np.maximum(_STEEP[:, None], 1 + seen.spread)
    return (seen.brought >= least) & (seen.brought >= settings.min_ratio * times * seen.mean)


def _alarm(rows: Rows, usual: Usual, seen: _Windows, number: int, at: Index, one: int) -> Alarm:
    row = int(at[one])
    name = list(WINDOWS)[number]
    own, mean, stray = (float(part[number, one]) for part in (seen.own, seen.mean, seen.stray))
    low, high = _range(own, mean, float(seen.unit[one]), stray)
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
        weekend=bool(usual.weekend[row]),
    )


def _window_spreads(spread: Numbers) -> Numbers:
    """Dispersions of the four windows, (windows, rows): that of three minutes lies between its
    neighbours'. To what windows stray within their hour comes what the hour does, of which the pace
    knows a part."""
    one, ten, hour = spread.T
    within = np.stack([one, np.sqrt(one * ten), ten])
    return np.concatenate([within + (1 + within) * PACED * hour, hour[None, :]])


def peak_spread(rows: Rows, at: Index) -> Numbers:
    """How much the busiest minutes of batches stray."""
    excess, weight = (
        rows.of[name][at].astype(np.float64) for name in ("peak_excess", "peak_weight")
    )
    return (excess + PEAK_WEIGHT * PEAK_SPREAD) / (weight + PEAK_WEIGHT)


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
