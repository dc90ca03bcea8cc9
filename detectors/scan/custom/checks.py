"""Check digits that a customer's recogniser can ask for, by name."""

from collections.abc import Callable, Mapping
from typing import Literal

from detectors.scan.keys.shapes import iban, luhn

CheckName = Literal["none", "luhn", "mod97", "iban"]


def _digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def _luhn(text: str) -> bool:
    digits = _digits(text)
    return len(digits) > 1 and luhn(digits)


def _mod97(text: str) -> bool:
    """ISO 7064 MOD 97-10: letters count from 10, and the whole leaves 1."""
    signs = "".join(str(int(c, 36)) for c in text if c.isascii() and c.isalnum())
    return 2 < len(signs) < 200 and int(signs) % 97 == 1


CHECKS: Mapping[CheckName, Callable[[str], bool]] = {
    "none": lambda _: True,
    "luhn": _luhn,
    "mod97": _mod97,
    "iban": iban,
}
