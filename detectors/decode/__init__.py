"""A request into leaves: every scalar as text, with the path that leads to it.

`decode_request` takes an event apart; `field_path` turns a leaf's path into one that may be kept.
Formats of bodies are registered in `body.BODY_DECODERS`.
"""

from detectors.decode.base import Budget, Decoded, Leaf, Reason
from detectors.decode.paths import field_path
from detectors.decode.request import decode_request

__all__ = ["Budget", "Decoded", "Leaf", "Reason", "decode_request", "field_path"]
