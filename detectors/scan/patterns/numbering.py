"""The world's numbering plans as regular expressions, made from libphonenumber's metadata.

libphonenumber's own parsing takes 100 us a number in Python; what it decides in the end is whether
the national number fits one of the patterns of its country's kinds of number. These are those
patterns: one a calling code, compiled when it is first met.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as _REGIONS
from phonenumbers import PhoneMetadata

_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
_NO_REGION = "001"
_CODES = frozenset(map(str, _REGIONS))


class Plan:
    """The numbers of one region."""

    __slots__ = ("lengths", "national", "prefix", "region")

    def __init__(self, region: str, metadata: Any) -> None:
        self.region = region
        self.prefix: str = metadata.national_prefix or ""
        self.lengths = frozenset(metadata.general_desc.possible_length)
        kinds = (getattr(metadata, kind) for kind in _KINDS)
        patterns = [k.national_number_pattern for k in kinds if k and k.national_number_pattern]
        general = metadata.general_desc.national_number_pattern
        leading = f"(?={metadata.leading_digits})" if metadata.leading_digits else ""
        kind = "|".join(dict.fromkeys(patterns)) or "(?!)"
        self.national = re.compile(f"{leading}(?=(?:{general})$)(?:{kind})$")

    def has(self, national: str) -> bool:
        """Whether the digits are a number of the region, without its national prefix."""
        return self.national.match(national) is not None

    def has_dialled(self, digits: str) -> bool:
        """The same for digits as they are dialled within the region."""
        if self.prefix and digits.startswith(self.prefix) and self.has(digits[len(self.prefix) :]):
            return True
        return self.prefix != "0" and self.has(digits)


def is_international(digits: str) -> bool:
    """Whether digits that begin with a calling code are a number that can be called."""
    for length in (1, 2, 3):
        code = digits[:length]
        if code in _CODES:
            national = digits[length:]
            return any(
                plan.has(national)
                or (
                    plan.prefix != ""
                    and national.startswith(plan.prefix)
                    and plan.has(national[len(plan.prefix) :])
                )
                for plan in plans_of(int(code))
            )
    return False


def is_possible(digits: str) -> bool:
    """Whether digits that begin with a calling code have a length that its numbers have: those
    reserved for films and tests are in no plan, and new ranges are in none yet."""
    return any(
        len(digits) - length in plan.lengths
        for length in (1, 2, 3)
        if digits[:length] in _CODES
        for plan in plans_of(int(digits[:length]))
        if len(digits) - length > 6 and len(set(digits)) > 2
    )


@lru_cache(maxsize=400)
def plans_of(code: int) -> tuple[Plan, ...]:
    """The plans that share a calling code."""
    return tuple(_plans(code))


def _plans(code: int) -> Iterator[Plan]:
    for region in _REGIONS.get(code, ()):
        if region == _NO_REGION:
            metadata = PhoneMetadata.metadata_for_nongeo_region(code, None)
        else:
            metadata = PhoneMetadata.metadata_for_region(region, None)
        if metadata is not None:
            yield Plan(region, metadata)


@lru_cache(maxsize=300)
def plan_of(region: str) -> Plan | None:
    """The plan of a region by its ISO code."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return None if metadata is None else Plan(region, metadata)
