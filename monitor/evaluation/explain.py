"""Findings for people: one row each, with what decided it in words."""

from collections.abc import Mapping

from detectors.scan import Hit
from detectors.taxonomy import Taxonomy
from monitor.evaluation.finding import shown_path, shown_value

COLUMNS = ("record", "entity", "score", "where", "value")
EXPLAINED = (*COLUMNS, "why")

_WHY: Mapping[str, str] = {
    "pattern": "it has the form of one",
    "check-digit": "it has the form of one, and its check digits are right",
    "context": "it has the form of one, and a word beside it names it",
    "libphonenumber": "it is a number of a country's plan (libphonenumber)",
    "key": "its key says so, and it has the form of one",
}
"""By the first part of the evidence. What is not here is shown as it is."""


def row(
    record: int, hit: Hit, taxonomy: Taxonomy, *, reveal: bool, explain: bool
) -> tuple[object, ...]:
    """The hit as a row of a table, its value masked unless it is to be revealed."""
    entity, common = hit.entity, taxonomy.common_name(hit.entity)
    cells = (
        record,
        common if entity == common else f"{common} ({entity})",
        f"{hit.score:.2f}",
        shown_path(hit.leaf.path, reveal=reveal),
        shown_value(hit.value, reveal=reveal),
    )
    return (*cells, why(hit.evidence)) if explain else cells


def why(evidence: str) -> str:
    """What decided, in words: `key:email` is "its key says so, ... (key:email)"."""
    sentence = _WHY.get(evidence.partition(":")[0])
    if sentence is None:
        return evidence
    return f"{sentence} ({evidence})" if ":" in evidence else sentence
