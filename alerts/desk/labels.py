"""An alert's labels: what silences, inhibition and grouping go by.

Most labels have one value. An incident can have many services, categories and destinations: a
label with several values fits where any of them does.
"""

from collections.abc import Mapping
from typing import Protocol

from detectors.records import Alert

Labels = Mapping[str, tuple[str, ...]]

LABELS = ("subprocessor", "rule", "owner", "severity", "service", "category", "destination")
SINGLE = LABELS[:4]
"""Those with one value."""
STABLE = LABELS[:3]
"""Those that stay the same for an incident's whole life."""


class Owners(Protocol):
    """Who answers for a sub-processor; empty where nobody is named."""

    def owner(self, subprocessor: str) -> str: ...


def labels_of(alert: Alert, owners: Owners) -> Labels:
    """The labels of an alert; each has a value for every name in LABELS."""
    return {
        "subprocessor": (alert.subprocessor,),
        "rule": (alert.rule,),
        "owner": (owners.owner(alert.subprocessor),),
        "severity": (alert.severity,),
        "service": alert.services,
        "category": alert.categories,
        "destination": alert.destinations,
    }


def require_labels(names: list[str], allowed: tuple[str, ...]) -> list[str]:
    """The names; ValueError for one that is not among those allowed here."""
    if strangers := [name for name in names if name not in allowed]:
        known = ", ".join(allowed)
        raise ValueError(f"unknown label here: {', '.join(strangers)}; there are {known}")
    if not names or len(names) != len(set(names)):
        raise ValueError("name at least one label, and each once")
    return names
