"""The checks of identity numbers: python-stdnum's, and the few that it lacks."""

import re
from collections.abc import Callable, Mapping
from importlib import import_module  # noqa: TID251 - stdnum's modules are named in our own data
from typing import Any

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")
_MBI = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}"
)
_LICENCE = re.compile(r"[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}[A-Z0-9]{3}")
_RVNR = re.compile(r"\d{2}[0-7]\d[01]\d\d{2}[A-Z]\d{3}")
_CPR = re.compile(r"[0-3]\d[01]\d{7}")
_RRN = re.compile(r"\d{2}[01]\d[0-3]\d[1-8]\d{6}")


def check_of(name: str) -> Callable[[str], bool]:
    """The check of that name: `own.NAME` of this module, `COUNTRY.KIND` of python-stdnum."""
    if not name:
        return lambda _: True
    if name.startswith("own."):
        return _OWN[name.removeprefix("own.")]
    module: Any = import_module(f"stdnum.{name}")
    return _quiet(module.is_valid)


def _quiet(check: Callable[[str], bool]) -> Callable[[str], bool]:
    def agrees(text: str) -> bool:
        try:
            return check(text)
        except (ValueError, KeyError, IndexError, OverflowError):
            return False  # stdnum's own errors are caught by is_valid; these are its slips

    return agrees


def _compact(text: str) -> str:
    return re.sub(r"[ .-]", "", text)


def _form(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(_compact(text)) is not None


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of the cross sums of the products, as German insurers count."""
    products = (int(d) * w for d, w in zip(digits, weights, strict=True))
    return sum(p // 10 + p % 10 for p in products)


def _rvnr(text: str) -> bool:
    number = _compact(text)
    if _RVNR.fullmatch(number) is None:
        return False
    letter = f"{ord(number[8]) - 64:02d}"
    digits = number[:8] + letter + number[9:11]
    return _weighted(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)) % 10 == int(number[11])


def _kvnr(text: str) -> bool:
    digits = f"{ord(text[0]) - 64:02d}{text[1:9]}"
    return _weighted(digits, (1, 2) * 5) % 10 == int(text[9])


def _mrz(text: str) -> bool:
    """A check digit as in machine-readable travel documents; nine signs have none."""
    if len(text) < 10:
        return True
    values = (int(sign, 36) for sign in text[:9])
    return sum(v * w for v, w in zip(values, (7, 3, 1) * 3, strict=True)) % 10 == int(text[9])


def _medicare(text: str) -> bool:
    digits = _compact(text)
    total = sum(int(d) * w for d, w in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9), strict=False))
    return digits[0] in "23456" and total % 10 == int(digits[8])


def _nric(text: str) -> bool:
    first, digits, last = text[0], text[1:8], text[8]
    if first not in "STFG":
        return False
    total = sum(int(d) * w for d, w in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True))
    letters = "JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK"
    return letters[(total + (4 if first in "TG" else 0)) % 11] == last


_OWN: Mapping[str, Callable[[str], bool]] = {
    "nino": _form(_NINO),
    "mbi": _form(_MBI),
    "uk_licence": _form(_LICENCE),
    "cpr": _form(_CPR),
    "rrn": _form(_RRN),
    "rvnr": _rvnr,
    "kvnr": _kvnr,
    "mrz": _mrz,
    "medicare": _medicare,
    "nric": _nric,
}
