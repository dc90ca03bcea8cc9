"""Findings for people: one row each, with what decided it in words."""

import re
from collections.abc import Mapping

from detectors.scan import Hit
from detectors.taxonomy import Taxonomy
from monitor.evaluation.finding import shown_path, shown_value

COLUMNS = ("record", "entity", "score", "where", "value")
EXPLAINED = (*COLUMNS, "why")
_SEPARATOR = re.compile(r"[ :]")

_FORM = "it has the form of one"
_NAMED = "a word beside it or its key names it"
_WHY: Mapping[str, str] = {
    "pattern": _FORM,
    "check": f"{_FORM}, and its check digits are right",
    "check-digit": f"{_FORM}, and its check digits are right",
    "checksum": f"{_FORM}, and its checksum is right",
    "context": f"{_FORM}, and {_NAMED}",
    "named": f"{_FORM}, and {_NAMED}",
    "entropy": "it is as random as a secret, and its key says so",
    "role": f"{_FORM}; it is that of a role, not of a person",
    "libphonenumber": "it is a number of a country's plan",
    "numbering-plan": "it is a number of a country's plan",
    "key": f"its key says so, and {_FORM}",
    "model": f"its key is like those that say so (the model), and {_FORM}",
    "cue": "the words before it announce one",
    "known": "the same value is elsewhere in this request",
    "ner": "a language model takes it for one",
}
"""By the first word of the evidence. What is not here is shown as it is."""


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
    """What decided, in words, and the evidence itself where it says more than its first word:
    `key:email` is "its key says so, and it has the form of one (key:email)"."""
    first, *more = _SEPARATOR.split(evidence)
    sentence = _WHY.get(first)
    if sentence is None:
        return evidence
    if "named" in more:
        sentence += f", and {_NAMED}"
    return f"{sentence} ({evidence})" if more else sentence
