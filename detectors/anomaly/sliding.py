"""Windows that slide over the minutes: what they brought, against what they may have.

The last ten minutes of each key are kept, and the tens of minutes of an hour: the long windows are
whole tens of minutes with the one under way, so that they have 21 to 30 minutes, and 51 to 60. Each
is held against the hour's rate around it, with the dispersion of windows of its length; all but the
longest at the pace of the last hours and of the hour so far. Traffic that comes in batches is held
against its busiest minutes instead, as far as the hour or one beside it has them.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.daylight import earlier
from detectors.anomaly.rows import BLOCKS, Index, Rows
from detectors.anomaly.season import FASTEST, PACE_HOT, Usual

WINDOWS: Final = {"minute": 1, "minutes3": 3, "minutes10": 10, "minutes30": 30, "hour": 60}
PEAK_SPREAD, PEAK_WEIGHT = 0.25, 3.0
"""The dispersion of busiest minutes from batch to batch, and the batches that it counts for."""
PACED: Final = 0.6
"""How much of what hours stray is left when their pace is known."""
BELIEVED: Final = 2.0
"""Deviations that minutes may be off and still say how the hour runs: an attack does not."""
FULL: Final = {"minute": 1.0, "minutes3": 2.5, "minutes10": 7.0, "minutes30": 21.0, "hour": 60.0}
"""How many of the busiest minutes' worth a window has when a batch fills it."""
MOVES: Final = 1.0
"""Hours by which traffic may come earlier or later than usual, as when clocks change."""

_RING = np.arange(10)
_MINUTES = np.array(list(WINDOWS.values()), np.float64)
_SHORT, _LONG = slice(0, 3), slice(3, None)
"""Windows of single minutes, and of tens of minutes."""
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
    new_block(rows, at, minute // 10)
    of["block"][at] += count
    of["block_events"][at] += events
    age = (minute - _RING) % 10
    gap = np.minimum(minute - of["ring_at"][at].astype(np.int64), 10)
    ring = of["ring"][at] * (age[None, :] >= gap[:, None])
    ring[:, minute % 10] = count
    of["ring"][at] = ring
    of["ring_at"][at] = minute


def new_block(rows: Rows, at: Index, block: int) -> None:
    """Lets some rows begin the ten minutes `block`, where they have not yet."""
    of = rows.running.of
    over = at[of["block_at"][at] != block]
    first = over[of["block_at"][over] == 0]  # of the hour
    for name, kept in (("blocks", "blocks"), ("block_at", "blocks_before")):
        of[name][first] = rows.of[kept][first]
    of["squares"][over, 1] += of["block"][over] ** 2
    of["blocks"][over] = tens_before(rows, over, block)
    of["block"][over] = of["block_events"][over] = 0.0
    of["block_at"][over] = block


def tens_before(rows: Rows, at: Index, block: int) -> NDArray[np.float32]:
    """(rows, BLOCKS) what the tens of minutes before `block` brought, newest first; `block` is
    not before the one under way, which has nothing yet where it is the same."""
    of = rows.running.of
    gap = block - of["block_at"][at].astype(np.int64)
    found = np.zeros((len(at), BLOCKS), np.float32, order="F")
    for since in range(BLOCKS + 1):
        some = np.nonzero(gap == since)[0]
        # behind tens of minutes without anything comes the one that has ended, and those before it
        if since:
            found[some, since - 1] = of["block"][at[some]]
        for back in range(BLOCKS - since):
            found[some, since + back] = of["blocks"][at[some], back]
    return found


def squares(rows: Rows, at: Index) -> Numbers:
    """(rows, 3): the sums of squares of the closing hour's minutes, tens of minutes, and itself."""
    of = rows.running.of
    tens = of["squares"][at, 1] + of["block"][at] ** 2
    return np.stack([of["squares"][at, 0], tens, of["count"][at] ** 2], axis=1)


class Windows(NamedTuple):
    """What the windows of some rows brought, against what: (windows, rows) each, but `unit`."""

    minutes: NDArray[np.float64]
    """(windows,): how long they are."""
    brought: Numbers
    own: Numbers
    """What they have on average, at the hour's pace."""
    mean: Numbers
    """What they may have."""
    moved: Numbers
    """The same where the work has moved, which is seldom."""
    unit: Numbers
    spread: Numbers
    stray: Numbers
    """The spread, and how unsure the mean is."""
    clumped: NDArray[np.bool_]
    """Whether they are held against batches."""
    pace: Numbers
    """At which the hour runs before them."""

    def few(self, some: Index) -> "Windows":
        """Those of some of the rows."""
        of_rows = [name for name in self._fields if name != "minutes"]
        return self._replace(**{name: getattr(self, name)[..., some] for name in of_rows})


def windows(rows: Rows, usual: Usual, at: Index, minute: int) -> Windows:
    """Those that end with the minute that `fold` has added, of some rows."""
    # piece by piece: besides, products of small matrices are not shared out among threads, which
    # take longer than one since they wait for each other
    each = [_windows(rows, usual, at[some], minute) for some in pieces(len(at))]
    whole = Windows(*(np.concatenate(parts, axis=-1) for parts in zip(*each, strict=True)))
    return whole._replace(minutes=each[0].minutes)


def _windows(rows: Rows, usual: Usual, at: Index, minute: int) -> Windows:
    running, clock = rows.running.of, minute % 60
    minutes = _MINUTES.copy()
    minutes[_LONG] += minute % 10 - 9  # whole tens of minutes, and the one under way
    here = np.minimum(minutes, clock + 1)
    count = running["count"][at]
    brought, inside = (_brought(rows, at, minute, some) for some in (minutes, here))
    clumped = clumps(usual, at)
    known = _pace(rows, usual, at, clock + 1 - here, count - inside)
    own, mean = (_shares(rows, usual, at, hour, minutes) for hour in (usual.mean, usual.high))
    every = rates(usual, at, (clock + 1 - minutes / 2) / 60)
    due, near, moved = (minutes[:, None] / 60 * rate for rate in every)
    for one in (due, near, moved):
        one[:-1] *= known.pace[:-1]
    own, moved = np.where(clumped, own, due), np.where(clumped, mean, moved)
    mean = np.where(clumped, mean, near)
    spread = _spreads(rows, usual, at, clumped, known.left)
    return Windows(
        minutes=minutes,
        brought=brought,
        own=own,
        mean=mean,
        moved=moved,
        unit=usual.unit[at],
        spread=spread,
        stray=spread + usual.doubt[at],
        clumped=clumped,
        pace=known.pace,
    )


def clumps(usual: Usual, at: Index) -> NDArray[np.bool_]:
    """(windows, rows) which windows are held against batches: those of so few minutes that a batch
    is what fills them. Where a job runs every few minutes, half an hour has much the same as any
    other."""
    minutes, tens = usual.lumpy[:, at]
    return np.stack([minutes, minutes, tens, tens, usual.clumped[at]])


def _brought(rows: Rows, at: Index, minute: int, minutes: Numbers) -> Numbers:
    """(windows, rows): what the last minutes brought, so many for each window."""
    running = rows.running.of
    brought = np.empty((len(WINDOWS), len(at)))
    ring, age = running["ring"][at].astype(np.float64), (minute - _RING) % 10
    brought[_SHORT] = (minutes[_SHORT, None] > age).astype(np.float64) @ ring.T
    ended = (minute % 10 + 1 + 10 * np.arange(BLOCKS) < minutes[_LONG, None]).astype(np.float64)
    brought[_LONG] = running["block"][at] + ended @ running["blocks"][at].astype(np.float64).T
    return brought


class _Known(NamedTuple):
    """What the rest of the hour says of its windows, (windows, rows) each."""

    pace: Numbers
    """How many times the usual the hour runs."""
    left: Numbers
    """The dispersion of the hour's rate that is left."""


def _pace(rows: Rows, usual: Usual, at: Index, minutes: Numbers, came: Numbers) -> _Known:
    """How the hour runs by what its first `minutes` (windows,) brought, which `came` (windows,
    rows): one step of a Kalman filter (R. Kalman, "A new approach to linear filtering and
    prediction problems", 1960) from the pace of the hours before. Such minutes say the less, the
    fewer they are, the more minutes stray and the steeper the hour is: it may have come early."""
    hot = rows.of["hot"][at].astype(np.int64) >= usual.hour - PACE_HOT
    fastest = np.where(hot, 1.0, FASTEST)  # an alarm of this hour too, whenever `usual` was read
    unit, before = usual.unit[at], np.minimum(usual.pace[at], fastest)
    share, steep = _so_far(usual, at, minutes / 60)
    expected = np.maximum(share * usual.mean[at] * before, 1e-9)
    prior = PACED * usual.spread[at, -1]
    blocks = np.maximum(minutes, 1.0)[:, None] / 10
    noise = unit / expected + usual.spread[at, 1] / blocks
    strays = prior + noise + steep
    gain = prior / strays
    gain[minutes <= 0] = 0.0
    most = BELIEVED * np.sqrt(strays)
    ran = before * (1 + gain * np.clip(came / expected - 1, -most, most))
    pace = np.clip(ran, 1 / FASTEST, fastest)
    return _Known(pace, prior * (1 - gain))


def _so_far(usual: Usual, at: Index, time: Numbers) -> tuple[Numbers, Numbers]:
    """(windows, rows) the share of the hour's mean that is due up to a time (windows,) of it, 0 to
    1: its rate rises or falls from half way to the hour before to half way to the next. And how
    steep it is, squared."""
    mean = np.maximum(usual.mean[at], 1e-9)
    first, last = (usual.sides[:, at] / mean + 1) / 2
    middle = np.maximum(2 - (first + last) / 2, 0.0)
    early, late = np.minimum(time, 0.5)[:, None], np.maximum(time - 0.5, 0.0)[:, None]
    due = first * early + (middle - first) * early**2 + middle * late + (last - middle) * late**2
    whole = (first + last) / 4 + middle / 2
    return due / whole, ((last - first) / (last + first)) ** 2


def rates(usual: Usual, at: Index, time: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """(windows, rows) what comes in an hour at the rate around a time (windows,) of it; the most
    that may, also where clocks have changed; and the most where work has moved, by as much as MOVES
    either way: between the middles of hours rates are taken as straight lines."""
    before, after = usual.sides[:, at]
    mean = usual.mean[at]
    first, last = (before + mean) / 2, (mean + after) / 2
    middle = np.maximum(2 * mean - (first + last) / 2, 0.0)
    anchors = np.stack([before, first, middle, last, after])
    # lines may fall to nothing in an hour that is much quieter than both beside it
    own = np.maximum(_at(anchors, time), mean / 2)
    clocks = earlier(usual.hour)
    near = _most(own, anchors, time, (clocks / 2, clocks)) if clocks else own
    most = _most(near, anchors, time, (-MOVES, -MOVES / 2, MOVES / 2, MOVES))
    other, strange = usual.other[at], usual.strange[at]
    near, moved = (np.maximum(one, other) * strange for one in (near, most))
    return own, near, moved


def _most(own: Numbers, anchors: Numbers, time: Numbers, moves: Sequence[float]) -> Numbers:
    """The highest of some rates, and of those some hours later."""
    for hours in moves:
        own = np.maximum(own, _at(anchors, time + hours))
    return own


def _at(anchors: Numbers, time: Numbers) -> Numbers:
    """(windows, rows) the rates at times of an hour, on the lines through those half an hour apart
    from half an hour before it began (5, rows)."""
    place = np.clip(2 * time + 1, 0, 4)
    weights = np.maximum(1 - np.abs(place[:, None] - np.arange(5)), 0.0)
    return weights @ anchors


def _shares(rows: Rows, usual: Usual, at: Index, hour: Numbers, minutes: Numbers) -> Numbers:
    """What windows have of an hour; (windows, rows). A batch may fill a part of it, as busy as its
    busiest minutes."""
    mean = minutes[:, None] / 60 * hour[at]
    batch = np.minimum(_FULL[:, None] * rows.of["peak"][at], hour[at])
    return np.maximum(mean, batch)


def _spreads(
    rows: Rows, usual: Usual, at: Index, clumped: NDArray[np.bool_], left: Numbers
) -> Numbers:
    """(windows, rows) dispersions: of what is held against batches, how busy they are."""
    spread = _window_spreads(usual.spread[at], left)
    of_batches, some = np.zeros(len(at)), clumped.any(axis=0)
    of_batches[some] = peak_spread(rows, at[some])
    spread[:-1] = np.where(clumped[:-1], of_batches, spread[:-1])
    return spread


def _window_spreads(spread: Numbers, left: Numbers) -> Numbers:
    """Dispersions of the windows, (windows, rows): that of three minutes lies between its
    neighbours'. To what windows stray within their hour comes what is `left` (windows, rows) of
    what the hour does."""
    one, ten, hour = spread.T
    within = np.stack([one, np.sqrt(one * ten), ten, ten])
    return np.concatenate([within + (1 + within) * left[:-1], hour[None, :]])


def peak_spread(rows: Rows, at: Index) -> Numbers:
    """How much the busiest minutes of batches stray."""
    excess, weight = (
        rows.of[name][at].astype(np.float64) for name in ("peak_excess", "peak_weight")
    )
    return (excess + PEAK_WEIGHT * PEAK_SPREAD) / (weight + PEAK_WEIGHT)
