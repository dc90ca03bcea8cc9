"""What a run has found, in a form in which runs can be compared."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.snapshot import snapshot

Outcome = dict[str, list[dict[str, Any]]]


def outcome(data: Path, *, places: bool = True) -> Outcome:
    """Everything in the index, but how many steps it took to get there; without `places`, also
    without where in its input a record was."""
    found = snapshot(data)
    for alert in found["alerts"]:
        del alert["egresswatch.version"]
        # the finding that came first opened it: which one that was depends on how they are spread
        alert.pop("egresswatch.history")
    if not places:
        for letter in found["dead-letters"]:
            for name in ("@timestamp", "event.id", "egresswatch.partition", "egresswatch.offset"):
                del letter[name]
    return {what: _sorted(rows) for what, rows in found.items()}


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=str)
