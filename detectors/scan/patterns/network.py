"""Addresses of devices: IP and MAC. The evidence tells public, private and documentation apart."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.patterns.cues import Cues, default_cues

PUBLIC, PRIVATE = 0.95, 0.35

_V4_GATE = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]", re.ASCII)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = re.compile(rf"\b{_OCTET}(?:\.{_OCTET}){{3}}\b", re.ASCII)
_V6 = re.compile(
    r"(?:[0-9A-Fa-f]{1,4}:|::)(?:[0-9A-Fa-f]{0,4}:){1,7}"
    rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9A-Fa-f]{{1,4}})?"
    rf"|::(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9A-Fa-f]{{1,4}})"
)
_MAC = re.compile(
    r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b|\b[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}\b"
    r"|\b[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\b",
    re.ASCII,
)
_HEX = b"0123456789ABCDEFabcdef"
_AS_HEX = bytes.maketrans(_HEX, b"f" * len(_HEX))
_MAC_FORMS = (b"ff:ff:ff:ff:ff:ff", b"ff-ff-ff-ff-ff-ff", b"ffff.ffff.ffff")
_PRODUCT_BEFORE = re.compile(
    r"(?:[^/\s:]/|\bv|\b(?:ver|version|release|build|v)[ .:=]{0,2}|[=~<>^]=? ?)$", re.IGNORECASE
)
_ASSIGNED = re.compile(
    r"(?:ip|addr|host|client|peer|source|src|dst|from)[\w.]{0,12}=+ ?$", re.IGNORECASE
)
_DOCUMENTATION = tuple(
    map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
_JOINED = frozenset(".-_@")
_JOINED_V6 = frozenset(":._-")


class IpRecogniser:
    """IPv4 and IPv6 addresses that can be somebody's: none of this host, no version numbers."""

    name = "IpRecogniser"
    entities = frozenset(["IP_ADDRESS"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return _V4_GATE.search(text) is not None or text.count(":") > 1

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        if text.count(".") > 2:
            for match in _V4.finditer(text):
                if not _inside(text, match.start(), match.end(), _JOINED):
                    yield from self._hit(leaf, *match.span())
        if "::" in text or text.count(":") > 6:
            for match in _V6.finditer(text):
                yield from self._hit(leaf, match.start(), _end_of_v6(match))

    def _hit(self, leaf: Leaf, start: int, end: int) -> Iterator[Hit]:
        text = leaf.text
        address = _parse(text[start:end])
        if address is None:
            return
        if address.version == 6 and _inside(text, start, end, _JOINED_V6):
            return
        kind = kind_of(address)
        if not kind or (address.version == 4 and self._is_version(leaf, start)):
            return
        score = PRIVATE if kind == "private" else PUBLIC
        yield Hit(leaf, "IP_ADDRESS", start, end, score, f"pattern {kind}")

    def _is_version(self, leaf: Leaf, start: int) -> bool:
        near = max(0, start - 24)
        if _PRODUCT_BEFORE.search(leaf.text, near, start):
            return _ASSIGNED.search(leaf.text, near, start) is None
        if "VERSION" in self._cues.of_keys(leaf.keys[-1:]):
            return True
        return start > 3 and "VERSION" in self._cues.before(leaf.text[near:start], start - near)


def _end_of_v6(match: re.Match[str]) -> int:
    """Without a colon that belongs to the sentence."""
    text = match[0]
    return match.end() - (text.endswith(":") and not text.endswith("::"))


def _inside(text: str, start: int, end: int, joined: frozenset[str]) -> bool:
    """Whether a candidate is a piece of something longer: `1.2.3.4.5`, `10.0.0.1-beta`."""
    before, after = text[start - 1 : start], text[end : end + 2]
    if before in joined and before:
        return True
    if before.isalnum() or before == "_":
        return True
    return bool(after) and (
        after[0].isalnum()
        or after[0] == "_"
        or (len(after) == 2 and after[0] in joined and after[1].isalnum() and after[0] != ":")
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def kind_of(address: IPv4Address | IPv6Address) -> str:
    """`public`, `documentation`, `private`; nothing for what no device on a network has."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    if any(address in network for network in _DOCUMENTATION if network.version == address.version):
        return "documentation"
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return ""
    if isinstance(address, IPv4Address) and (address.packed[0] == 0 or address.packed[0] > 239):
        return ""
    if isinstance(address, IPv6Address) and int(address) >> 32 == 0:
        return ""  # `::1`, `::f00d`: pieces of code
    return "public" if address.is_global else "private"


def is_private(text: str) -> bool:
    """Whether this is an address of a private network; text that is no address is not."""
    address = _parse(text)
    return address is not None and kind_of(address) == "private"


class MacRecogniser:
    """MAC addresses. No broadcast address, no time of day, no piece of a longer fingerprint."""

    name = "MacRecogniser"
    entities = frozenset(["MAC_ADDRESS"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        plain = text.encode("ascii", "replace").translate(_AS_HEX)
        return any(form in plain for form in _MAC_FORMS)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        for match in _MAC.finditer(text):
            digits = re.sub(r"[^0-9A-Fa-f]", "", match[0])
            named = "MAC_ADDRESS" in self._cues.named(leaf, match.start())
            if len(set(digits.lower())) < 3 or (digits.isdigit() and not named):
                continue
            if "." in match[0] and not named and digits.isalpha():
                continue
            if not _inside(text, match.start(), match.end(), _JOINED_V6) and not text.startswith(
                ":", match.end()
            ):
                yield Hit(leaf, "MAC_ADDRESS", *match.span(), 1.0 if named else 0.85, "pattern")


def network_recognisers() -> list[IpRecogniser | MacRecogniser]:
    cues = default_cues()
    return [IpRecogniser(cues), MacRecogniser(cues)]
