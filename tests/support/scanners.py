"""A scanner for tests of what comes after it: what it finds is written in the text."""

import re
from collections.abc import Sequence

from detectors.decode import Decoded
from detectors.scan import Hit

_MARKED = re.compile(r"(?P<entity>[A-Z_]+)=(?P<value>\S+)")


class MarkedScanner:
    """Finds `ENTITY=value` as that entity, by the evidence `key:entity`."""

    def scan(self, decoded: Decoded) -> Sequence[Hit]:
        return [
            Hit(leaf, found["entity"], *found.span("value"), 0.6, f"key:{found['entity'].lower()}")
            for leaf in decoded.leaves
            for found in _MARKED.finditer(leaf.text)
        ]
