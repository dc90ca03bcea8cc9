"""Customers' own recognisers: in YAML of ours, and in Presidio's two ways.

- `CustomRecogniser` (own.py): pattern, keys, check, context, and examples tested at load.
- `from_registry` (registry.py): Presidio's recogniser-registry YAML, read as Presidio reads it.
- `from_class` (classes.py): a Python class derived from Presidio's EntityRecognizer, by its dotted
  name in the configuration.

`PresidioScanner(extra=...)` takes the last two into the `presidio` contract, `OwnPresidio` into
`egress`.
"""

from detectors.scan.custom.adapter import OwnPresidio
from detectors.scan.custom.classes import from_class
from detectors.scan.custom.own import CustomRecogniser, Definition
from detectors.scan.custom.registry import from_registry

__all__ = ["CustomRecogniser", "Definition", "OwnPresidio", "from_class", "from_registry"]
