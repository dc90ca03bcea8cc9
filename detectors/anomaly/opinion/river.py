"""Configuration into river's objects. The only place that imports river, and only when asked."""

# river has hardly any types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

import inspect
from collections.abc import Callable, Iterable
from datetime import datetime
from math import log1p
from types import ModuleType
from typing import Any

from detectors.anomaly.opinion.settings import Parameters

SEED = 1
"""For models that draw at random: the same history makes the same model."""
_LARGEST = 1e9
_MISSING = "second opinions need river: pip install 'egresswatch[river]'"

Learner = Callable[[datetime, float], float]
"""(hour, value) -> river's score of it, which is learnt afterwards."""


def new_learner(name: str, parameters: Parameters) -> Learner:
    """A new model of river.anomaly. ValueError where there is none of that name, where it does not
    take the parameters, or where river is not installed."""
    anomaly, base = _river()
    model = _made(anomaly, name, parameters)
    if isinstance(model, base.SupervisedAnomalyDetector):
        return _on_its_own(model)
    if isinstance(model, base.AnomalyDetector):
        return _with_the_hour(model)
    raise ValueError(f"baseline.second_opinion.model: {name} is no anomaly model")


def new_drift(name: str, parameters: Parameters) -> Callable[[float], bool]:
    """A new drift detector of river.drift: takes a number, says whether the level has changed."""
    try:
        from river import drift
    except ImportError:
        raise ValueError(_MISSING) from None
    detector = _made(drift, name, parameters)
    if not hasattr(detector, "drift_detected"):
        raise ValueError(f"baseline.drift.detector: {name} is no drift detector")

    def update(value: float) -> bool:
        detector.update(value)
        return bool(detector.drift_detected)

    return update


def _river() -> tuple[ModuleType, ModuleType]:
    try:
        from river import anomaly
        from river.anomaly import base
    except ImportError:
        raise ValueError(_MISSING) from None
    return anomaly, base


def _on_its_own(model: Any) -> Learner:
    """One number without anything beside it; kept above 0, since Holt and Winters divide by it."""

    def learn(_hour: datetime, value: float) -> float:
        number = 1.0 + log1p(value)
        score = float(model.score_one({}, number))
        model.learn_one({}, number)
        return score

    return learn


def _with_the_hour(model: Any) -> Learner:
    """All between 0 and 1, as half-space trees want it."""

    def learn(hour: datetime, value: float) -> float:
        features = {
            "count": min(1.0, log1p(value) / log1p(_LARGEST)),
            "hour": hour.hour / 23,
            "free": float(hour.weekday() >= 5),
        }
        score = float(model.score_one(features))
        model.learn_one(features)
        return score

    return learn


def _made(module: ModuleType, name: str, parameters: Parameters) -> Any:
    kind = _class(module, name)
    known = {one for one in inspect.signature(kind).parameters if one != "self"}
    if unknown := sorted(set(parameters) - known):
        raise ValueError(f"{name} has no parameter {', '.join(unknown)}; it has {_list(known)}")
    given = {key: _inner(value) for key, value in parameters.items()}
    if "seed" in known:
        given.setdefault("seed", SEED)
    try:
        return kind(**given)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{name} refuses its parameters ({type(error).__name__})") from None


def _inner(value: Any) -> Any:
    """A model within a model: `{model: HoltWinters, alpha: 0.1}`."""
    if not isinstance(value, dict):
        return value
    from river import time_series

    inner: dict[str, Any] = dict(value)
    name = str(inner.pop("model", ""))
    return _made(time_series, name, inner)


def _class(module: ModuleType, name: str) -> Any:
    known = [one for one in module.__all__ if inspect.isclass(getattr(module, one))]
    if name not in known:
        raise ValueError(f"{module.__name__} has no {name!r}; it has {_list(known)}")
    return getattr(module, name)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
