"""Configuration into river's objects. The only place that imports river, and only when asked."""

# river has hardly any types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

import inspect
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from math import isfinite, log1p
from types import ModuleType
from typing import Any

from detectors.anomaly.opinion.settings import Parameters

SEED = 1
"""For models that draw at random: the same history makes the same model."""
_LARGEST = 1e9
_MISSING = "second opinions need river: pip install 'egresswatch[river]'"

_SOME_HOUR = datetime(2026, 1, 1, tzinfo=UTC)

Learner = Callable[[datetime, float], float]
"""(hour, value) -> river's score of it, which is learnt afterwards."""


def new_learner(name: str, parameters: Parameters) -> Learner:
    """A new model of river.anomaly. ValueError where there is none of that name, where it does not
    take the parameters, or where river is not installed."""
    try:
        from river import anomaly
    except ImportError:
        raise ValueError(_MISSING) from None
    model = _made([anomaly], name, parameters)
    # where river keeps its base classes differs between versions; what its models take does not
    wanted = inspect.signature(model.score_one).parameters
    return _on_its_own(model) if "y" in wanted else _with_the_hour(model)


def check_model(name: str, parameters: Parameters) -> None:
    """As `new_learner`, and tries it: some parameters are wrong only when they are used."""
    learner = new_learner(name, parameters)
    try:
        for number in range(3):
            learner(_SOME_HOUR, float(number))
    except Exception as error:  # noqa: BLE001 - whatever a model raises, its parameters are why
        raise ValueError(f"{name} fails with its parameters ({type(error).__name__})") from None


def check_drift(name: str, parameters: Parameters) -> None:
    """As `new_drift`, and tries it."""
    update = new_drift(name, parameters)
    try:
        update(0.0)
    except Exception as error:  # noqa: BLE001 - whatever a detector raises, its parameters are why
        raise ValueError(f"{name} fails with its parameters ({type(error).__name__})") from None


def new_drift(name: str, parameters: Parameters) -> Callable[[float], bool]:
    """A new drift detector of river.drift: takes a number, says whether the level has changed."""
    try:
        from river import drift
    except ImportError:
        raise ValueError(_MISSING) from None
    detector = _made([drift], name, parameters)

    def update(value: float) -> bool:
        detector.update(value)
        return bool(detector.drift_detected)

    return update


def _on_its_own(model: Any) -> Learner:
    """One number without anything beside it; kept above 0, since Holt and Winters divide by it."""

    def learn(_hour: datetime, value: float) -> float:
        number = 1.0 + log1p(value)
        score = _score(model, {}, number)
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
        score = _score(model, features)
        model.learn_one(features)
        return score

    return learn


def _score(model: Any, *observed: Any) -> float:
    """0 where the model cannot say: some raise until they have seen enough."""
    try:
        score = float(model.score_one(*observed))
    except (ArithmeticError, LookupError, ValueError):
        return 0.0
    return score if isfinite(score) else 0.0


def _made(modules: Sequence[ModuleType], name: str, parameters: Parameters) -> Any:
    kind = _class(modules, name)
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
    from river import anomaly, linear_model, stats, time_series

    inner: dict[str, Any] = dict(value)
    name = str(inner.pop("model", ""))
    return _made([time_series, stats, linear_model, anomaly], name, inner)


def _class(modules: Sequence[ModuleType], name: str) -> Any:
    # not __all__: in some versions it names what is not there
    known = {
        one: found
        for module in reversed(modules)
        for one, found in inspect.getmembers(module, inspect.isclass)
        if not one.startswith("_")
    }
    if name not in known:
        raise ValueError(f"river has no {name!r} of that kind; it has {_list(known)}")
    return known[name]


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
