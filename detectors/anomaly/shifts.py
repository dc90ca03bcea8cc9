"""Which shifts of ratios are told, by what `ratios` has added up.

A shift is told once, when the newest hour has it as well, and again if it goes on to a multiple: a
client's new release is one piece of news, however long it stays.
"""

from collections.abc import Iterator
from itertools import compress
from math import exp, log
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.calibration import START, Calibration, survivors
from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.ratios import (
    LEAST_SHIFT,
    LESS,
    OF_CATEGORY,
    OF_SERVICE,
    OF_WAY,
    PEOPLE,
    SIGN,
    Judged,
    prior_of,
    put,
    take,
)
from detectors.anomaly.rows import RATIOS, WAYS, Index, Rows
from detectors.anomaly.season import Usual
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.shares import Due, Services
from detectors.anomaly.siblings import MORE

TOLD: Final = -1.0
"""What a sum's highest becomes when it was told, less how far the ratio had gone."""
_TAILS: Final = {
    way: f"{'mix' if way < RATIOS else 'fall'} of {OF_CATEGORY[ratio]}"
    for way, ratio in enumerate(OF_WAY.tolist())
}
_TAILS_OF_SERVICE: Final = {
    0: "mix of destinations",
    1: "mix of bytes per request",
    4: "fall of bytes per request",
}


class _Shift(NamedTuple):
    """An alarm, the way its ratio goes, and how far it has gone in the newest hour."""

    alarm: Alarm
    way: int
    away: float


def shifts(
    rows: Rows,
    usual: Usual,
    calibration: Calibration,
    settings: BaselineSettings,
    services: Services,
    at: Index,
    people: Numbers,
) -> Iterator[Alarm]:
    """Judges the closing hour's ratios of some rows, and learns them. `people` is of these rows."""
    prior, found = prior_of(rows, at), list[_Shift]()
    for piece in pieces(len(at)):
        due = Due.of(rows, usual, services, at[piece])
        judged = take(rows, at[piece], people[piece], services, due, prior)
        likelihood = _calibrated(calibration, rows, at[piece], judged)
        bar = calibration.bar("mix", settings.false_alarms_a_week) + rows.of["bar"][at[piece]]
        one, way = np.nonzero(((likelihood >= bar) & judged.is_judged).T)
        which = _worth_a_word(rows, at[piece], judged, one, way)
        for here in zip(one[which].tolist(), way[which].tolist(), strict=True):
            found.append(_shift(rows, at[piece], judged, here, likelihood, bar))
    kept = survivors(np.array([one.alarm.likelihood for one in found]), WAYS * len(rows.index))
    for alarm, way, away in compress(found, kept):
        if not alarm.again:
            rows.of["ratio_top"][alarm.row, way] = TOLD - away
        yield alarm


def _worth_a_word(
    rows: Rows, at: Index, judged: Judged, one: Index, way: Index
) -> NDArray[np.bool_]:
    """Which have moved by enough, in the latest hours and in the newest one; a few requests that
    are like each other say nothing."""
    least = np.maximum(judged.usual_by(one, way), LEAST_SHIFT)
    enough = (way == LESS) | (rows.running.of["events"][at[one]] >= 3)
    return enough & (judged.moved(one, way) >= least)


def _shift(
    rows: Rows,
    at: Index,
    judged: Judged,
    here: tuple[int, int],
    likelihood: Numbers,
    bar: Numbers,
) -> _Shift:
    """`here` is which of the rows, and which way."""
    one, way = here
    which = np.array([one]), np.array([way])
    by, away, usual, usual_by = (
        float(part(*which)[0])
        for part in (judged.moved, judged.away, judged.usual, judged.usual_by)
    )
    row, ratio, top = int(at[one]), int(OF_WAY[way]), float(judged.top[way, one])
    usual += float(judged.by_volume[ratio, one])
    alarm = Alarm(
        row=row,
        rule=_rule(rows, row, ratio),
        detector="mix",
        metric=(OF_SERVICE if rows.whole[row] else OF_CATEGORY)[ratio],
        minutes=60,
        observed=exp(usual + SIGN[way] * by),
        expected=exp(usual),
        low=exp(usual - usual_by),
        high=exp(usual + usual_by),
        visits=int(judged.hours[ratio, one]),
        surprise=float(judged.up[way, one]),
        likelihood=float(likelihood[way, one]),
        bar=float(bar[one]),
        again=top < 0 and (way >= RATIOS or by <= TOLD - top + log(MORE)),
    )
    return _Shift(alarm, way, away)


def _calibrated(calibration: Calibration, rows: Rows, at: Index, judged: Judged) -> Numbers:
    """Each ratio by its own tail. It learns how high sums went that are back at 0, once each, and
    nothing of those that were told."""
    up, top = judged.up, judged.top
    over = (up == 0) & (top != 0)
    put(rows, "ratio_top", at, np.where(over, 0.0, top))
    likelihood, whole = up.copy(), rows.whole[at]
    for some, names in ((~whole, _TAILS), (whole, _TAILS_OF_SERVICE)):
        for way, name in names.items():
            tail = calibration.tail(name)
            ended = np.nonzero(some & over[way])[0]
            trials = int(np.count_nonzero(some & judged.is_judged[way]))
            tail.observe(top[way][ended], trials)
            high = np.nonzero(some & (up[way] > START))[0]  # few
            likelihood[way, high] = tail.calibrated(up[way][high])
    return likelihood


def _rule(rows: Rows, row: int, ratio: int) -> str:
    """More destinations, or more people to a value, is data that is spread out."""
    return "spread" if ratio == (0 if rows.whole[row] else PEOPLE) else "mix-shift"
