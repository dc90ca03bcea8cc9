"""Addresses of devices: IP and MAC."""

import re

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.presidio import Choice, PresidioRecogniser, load
from detectors.scan.shapes import ip_address

_PRODUCT_BEFORE = re.compile(r"(?:[^/\s]/|\bv(?:er(?:sion)?)?[ .:=]?)$", re.IGNORECASE)
_VERSION_KEY = re.compile(r"version|user.?agent", re.IGNORECASE)


def network_recognisers() -> list[PresidioRecogniser]:
    """Presidio's IP and MAC recognisers, without versions and without this very host."""
    return load(
        (
            Choice(
                "IpRecognizer",
                r"\d\.\d{1,3}\.\d{1,3}\.\d",
                patterns=r"^IPv4$",
                refine=somebodys,
            ),
            Choice(
                "IpRecognizer",
                r"::|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:",
                patterns=r"^IPv6$|^IPv4_",
                refine=somebodys,
            ),
            Choice("MacAddressRecognizer", r"[.:-][0-9A-Fa-f]{2}(?:[:-]|[0-9A-Fa-f]{2}\.)"),
        )
    )


def somebodys(leaf: Leaf, hit: Hit) -> Hit | None:
    """Rejects `Chrome/120.0.0.0`, `v1.2.3.4`, loopback and "any" addresses."""
    if not ip_address(hit.value.partition("/")[0].partition("%")[0]):
        return None
    if "." not in hit.value:
        return hit
    version = _PRODUCT_BEFORE.search(leaf.text, max(0, hit.start - 10), hit.start) is not None
    in_version_key = bool(leaf.keys) and _VERSION_KEY.search(leaf.keys[-1]) is not None
    return None if version or in_version_key else hit
