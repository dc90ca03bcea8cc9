"""A scanner for tests of what comes after it: what it finds is written in the text."""

import re
from collections.abc import Sequence

from detectors.decode import Decoded
from detectors.scan import Hit

_MARKED = re.compile(r"(?P<entity>[A-Z_]+)(?:/(?P<evidence>[\w:-]+))?=(?P<value>\S+)")


class MarkedScanner:
    """Finds `ENTITY/evidence=value` as that entity, by that evidence (else by `key:entity`)."""

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        del dataset, field

    def scan(self, decoded: Decoded) -> Sequence[Hit]:
        return [
            Hit(leaf, found["entity"], *found.span("value"), 0.6, _evidence(found))
            for leaf in decoded.leaves
            for found in _MARKED.finditer(leaf.text)
        ]


def _evidence(found: re.Match[str]) -> str:
    return found["evidence"] or f"key:{found['entity'].lower()}"
