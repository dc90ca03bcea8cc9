"""Streets, postcodes, coordinates and network addresses, as values under a key that says so."""

import ipaddress
import re

from detectors.scan.keys.plain import HEX, has_letter, plausible

_HOST = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)+(?::\d{2,5})?", re.ASCII)
_STREET_MARKUP = re.compile(r"[@<>{}\[\]=|\\$^~_]|https?:")


def street(text: str) -> bool:
    """Letters with a number, or several words."""
    return (
        plausible(text)
        and len(text) > 3
        and (not text.isascii() or " " in text or _has_digit(text))
        and _STREET_MARKUP.search(text) is None
        and has_letter(text)
        and not ip_address(text)
        and HEX.fullmatch(text) is None
        and _HOST.fullmatch(text) is None
    )


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


_POSTCODE = re.compile(
    r"\d{4,6}|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3}-\d{4}|\d{4}-\d{3}|\d{3} \d{2}|\d{8}|〒? ?\d{3}-?\d{4}"
    r"|\d{4} ?[A-Za-z]{2}|[A-Za-z]{1,3}[- ]?\d{3,5}|[A-Z]{1,2}-\d{3} ?\d{2}"
    r"|[A-Za-z]\d[A-Za-z][ -]?\d[A-Za-z]\d|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}"
    r"|[A-Za-z]\d[\dWw] ?[A-Za-z\d]{4}"
)


def postcode(text: str) -> bool:
    """The postcodes of the countries most met."""
    return len(text) <= 14 and _POSTCODE.fullmatch(text.strip()) is not None


_DEGREES = r"[-+]?\d{1,3}\.\d{2,20}"
_AXIS = rf"({_DEGREES})°?(?: ?[NSEW])?"
_GEO = re.compile(rf"(?:geo:|POINT ?\(|\(|\[)?{_AXIS}(?:(?:\s*[,;]\s*|\s+){_AXIS})?[)\]]?")
_PRECISE = 4


def coordinate(text: str) -> bool:
    """A latitude, a longitude or both, precise to a kilometre or better."""
    return _degrees(text) is not None


def exact_coordinate(text: str) -> bool:
    """The same, precise to ten metres: what a key that may mean another thing must have."""
    degrees = _degrees(text)
    return degrees is not None and all(len(d.partition(".")[2]) >= _PRECISE for d in degrees)


def _degrees(text: str) -> list[str] | None:
    if not 4 <= len(text) <= 64 or "." not in text:
        return None
    match = _GEO.fullmatch(text.strip())
    if match is None:
        return None
    parts = [part for part in match.groups() if part]
    return parts if all(abs(float(part)) <= 180 for part in parts) else None


_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")


def ip_address(text: str) -> bool:
    """An address that can be somebody's: not this host, not "any"."""
    stripped = text.strip() if len(text) <= 48 else ""
    if _ADDRESS.fullmatch(stripped) is None:
        return False
    try:
        address = ipaddress.ip_address(stripped)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
