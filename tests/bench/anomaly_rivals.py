"""Other people's models on the same fleets: one number a key and hour, scored before it is learnt.

They see hours, so that their delay on a burst is that of the hour's end.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from statistics import median

import numpy as np
from river import anomaly, time_series

from tests.support.fleet.draw import Drawn
from tests.support.fleet.happenings import moment
from tests.support.fleet.judge import Alarm, Verdict, judge
from tests.support.fleet.world import Fleet

Scorer = Callable[[int, float], float]
"""(hours since the start, value) -> how unusual; learns the value afterwards."""


def half_space_trees() -> Scorer:
    """On the count's logarithm, with the hour and the kind of day beside it."""
    limits = {"count": (0.0, 14.0), "hour": (0.0, 23.0), "free": (0.0, 1.0)}
    model = anomaly.HalfSpaceTrees(n_trees=15, window_size=168, limits=limits, seed=1)

    def score(hour: int, value: float) -> float:
        x = {"count": math.log1p(value), "hour": hour % 24, "free": hour // 24 % 7 >= 5}
        found = model.score_one(x)
        model.learn_one(x)
        return found

    return score


def gaussian() -> Scorer:
    return _of_value(anomaly.GaussianScorer(window_size=24 * 14, grace_period=48))


def absolute_deviation() -> Scorer:
    return _of_value(anomaly.StandardAbsoluteDeviation())


def holt_winters() -> Scorer:
    """Its score is cut at 1, so that its own bound is put far out. It divides by the first values,
    which must not be 0."""
    forecaster = time_series.HoltWinters(alpha=0.1, beta=0.01, gamma=0.3, seasonality=24)
    model = anomaly.PredictiveAnomalyDetection(forecaster, n_std=1e6, warmup_period=24 * 7)

    def score(hour: int, value: float) -> float:
        y = 1 + math.log1p(value)
        found = model.score_one({}, y) if hour > 48 else 0.0
        model.learn_one({}, y)
        return found

    return score


def hourly_mad() -> Scorer:
    """Median and median absolute deviation of the same hour on the same kind of day."""
    bins: dict[tuple[int, bool], list[float]] = {}

    def score(hour: int, value: float) -> float:
        own = bins.setdefault((hour % 24, hour // 24 % 7 >= 5), [])
        found = 0.0
        if len(own) >= 3:
            middle = median(own)
            spread = 1.4826 * median(abs(one - middle) for one in own)
            found = abs(value - middle) / (spread + 0.1 * middle + 1)
        own.append(value)
        return found

    return score


def _of_value(model: "anomaly.GaussianScorer | anomaly.StandardAbsoluteDeviation") -> Scorer:
    def score(hour: int, value: float) -> float:
        y = math.log1p(value)
        found = model.score_one(None, y)
        model.learn_one(None, y)
        return found

    return score


RIVALS: dict[str, Callable[[], Scorer]] = {
    "hour x day-type MAD": hourly_mad,
    "GaussianScorer": gaussian,
    "StandardAbsoluteDeviation": absolute_deviation,
    "PAD + HoltWinters": holt_winters,
    "HalfSpaceTrees": half_space_trees,
}


def scored(fleet: Fleet, new: Callable[[], Scorer]) -> list[Alarm]:
    """Every hour of every key with its score, best first."""
    alarms = [alarm for key in fleet.keys for alarm in _of_key(key, new())]
    return sorted(alarms, key=lambda one: -one.score)


def _of_key(key: Drawn, score: Scorer) -> Iterator[Alarm]:
    numbers = key.events if key.share is None else key.values
    stream = key.course.stream
    category = key.share.name if key.share else ""
    for hour, value in enumerate(numbers.reshape(-1, 60).sum(axis=1).tolist()):
        yield Alarm(
            stream.subprocessor,
            stream.service,
            category,
            key.course.channel,
            "volume",
            moment(hour * 60),
            moment(hour * 60 + 60),
            score(hour, float(value)),
        )


def at_rate(fleets: Iterable[Fleet], ranked: list[list[Alarm]], rate: float) -> list[Verdict]:
    """The verdicts at the one bar for all fleets that gives at most `rate` false alarms a key and
    week."""
    fleets = list(fleets)
    scores = np.unique(np.concatenate([[a.score for a in alarms] for alarms in ranked]))
    low, high = 0, len(scores)
    while low < high:
        middle = (low + high) // 2
        verdicts = _at_bar(fleets, ranked, float(scores[middle]))
        false = sum(len(one.false) for one in verdicts)
        if false > rate * sum(one.key_weeks for one in verdicts):
            low = middle + 1
        else:
            high = middle
    return _at_bar(fleets, ranked, float(scores[low]) if low < len(scores) else math.inf)


def _at_bar(fleets: list[Fleet], ranked: list[list[Alarm]], bar: float) -> list[Verdict]:
    pairs = zip(fleets, ranked, strict=True)
    return [judge(fleet, [a for a in alarms if a.score >= bar]) for fleet, alarms in pairs]
