"""What a run has found, in a form in which runs can be compared."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.snapshot import snapshot

Outcome = dict[str, list[dict[str, Any]]]
_OF_FLEET = ("egresswatch.score", "egresswatch.reasons", "message")


_PLACE = (
    "@timestamp",
    "event.id",
    "egresswatch.partition",
    "egresswatch.offset",
    "egresswatch.bytes",
)


def outcome(data: Path, *, places: bool = True) -> Outcome:
    """Everything in the index, but how many steps it took to get there; without `places`, also
    without where in its input a record was, and how long with what ends it there."""
    found = snapshot(data)
    for alert in found["alerts"]:
        del alert["egresswatch.version"]
        # the finding that came first opened it: which one that was depends on how they are spread
        alert.pop("egresswatch.history")
    if not places:
        for letter in found["dead-letters"]:
            for name in _PLACE:
                letter.pop(name, None)  # zeros are left out
    return {what: _sorted(rows) for what, rows in found.items()}


def without_fleet(found: Outcome) -> Outcome:
    """Without what an anomaly says of how unusual it is: that leans on all keys of its baseline,
    and over Kafka each partition of the sums has one of its own."""
    return {what: _sorted(map(_without_numbers, rows)) for what, rows in found.items()}


def _without_numbers(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in _OF_FLEET}
    if "egresswatch.reasons" in row:
        kept["reasons"] = sorted(one["finding"] for one in row["egresswatch.reasons"])
    if row.get("event.kind") == "policy":
        kept["message"] = row["message"]
    evidence = kept.pop("egresswatch.evidence", {})
    named = ("fields", "destinations", "metric", "observed", "visits", "period", "query")
    return {**kept, **{name: evidence.get(name) for name in named}}


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=str)


def require_same(one: Outcome, other: Outcome) -> None:
    """Fails with what only one of two outcomes has, a line each."""
    lines = [
        f"{side} {what}: {row}"
        for what in one
        for side, here, there in (("-", one, other), ("+", other, one))
        for row in _without(here[what], there[what])
    ]
    assert not lines, "\n".join(lines)


def _without(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[str]:
    left = Counter(map(str, rows))
    left.subtract(Counter(map(str, others)))
    return sorted((+left).elements())
