"""How grave an incident is: what kind of data, how many people, which rule."""

from typing import get_args

from detectors.records.alert import Severity

LEVELS: tuple[Severity, ...] = get_args(Severity)

_SENSITIVITY = {"": 0, "basic": 0, "sensitive": 1, "special": 2}
_PEOPLE = ((10_000, 2), (100, 1))


def severity(sensitivity: str, subjects: int, weight: int) -> Severity:
    """From the most sensitive category, the distinct data subjects, and the rule's weight.

    A few contact addresses against a rule of weight 0 are low; each step of sensitivity, and
    a hundred or ten thousand people, raise it by one.
    """
    people = next((points for least, points in _PEOPLE if subjects >= least), 0)
    points = _SENSITIVITY[sensitivity] + people + weight
    return LEVELS[min(max(points, 0), len(LEVELS) - 1)]
