"""Presidio's phone recogniser, its findings in a fraction of its time.

It runs libphonenumber's matcher once for each of eight regions. What the matcher takes for a
candidate does not depend on the region; whether a region could have such a number is told by the
digits alone. So a regular expression is made of each region's metadata (international prefix,
country code, national prefix, the patterns of its kinds of number, and of the regions that share
its country code), and the matcher runs only for regions that a candidate's digits, or those of a
part it may be broken into, fit.
"""

# phonenumbers has partial types, and its pattern for candidates is its own affair:
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

_FEW_DIGITS = re.compile(r"(?:\d\D{0,6}){4}")
_PLAIN = re.compile(r"[0-9 ()\[\].\-/\u00a0\u2010-\u2015]+")
_BREAKS = re.compile(r"[/(.\s\u2012-\u2015]+")
"""Where libphonenumber breaks a candidate up; a hyphen only beside white space."""
_NOT_DIGITS = re.compile(r"\D+")
_PLUS = "+\uff0b"
_LEAST, _MOST = 4, 22
_KINDS = (
    "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail"
).split()


class PhoneFinder:
    """The spans that PhoneNumberMatcher finds for any of the regions."""

    def __init__(self, regions: Sequence[str | None], leniency: int) -> None:
        from phonenumbers import PhoneNumberMatcher, phonenumbermatcher

        self._matcher = PhoneNumberMatcher
        self._candidates = phonenumbermatcher._PATTERN.finditer
        self._regions = tuple(dict.fromkeys(regions))
        self._leniency = leniency
        self._shapes = {region: _shape(region) for region in self._regions} if leniency else {}
        self._any_shape = re.compile("|".join(s.pattern for s in self._shapes.values()))

    def find(self, text: str) -> set[tuple[int, int]]:
        if not self._shapes:
            return self._run(text, self._regions)
        if _FEW_DIGITS.search(text) is None:
            return set()
        plus: set[tuple[int, int]] = set()
        regions: set[str | None] = set()
        for candidate in self._candidates(text):
            number = candidate.group()
            if _PLAIN.fullmatch(number):
                regions.update(self._regions_of(number))
            elif number[0] in _PLUS and _PLAIN.fullmatch(number, 1):
                plus.add(candidate.span())
            else:
                return self._run(text, self._regions)
        return self._international(text, plus, regions) if plus else self._run(text, regions)

    def _international(
        self, text: str, plus: set[tuple[int, int]], regions: set[str | None]
    ) -> set[tuple[int, int]]:
        """A number with a plus reads the same from every region; what is left of a candidate
        that was not taken as a whole may not."""
        first = self._regions[0]
        found = self._run(text, (first,))
        if not found.issuperset(plus):
            regions = set(self._regions)
        return found | self._run(text, regions - {first})

    def _run(
        self, text: str, regions: Sequence[str | None] | set[str | None]
    ) -> set[tuple[int, int]]:
        return {
            (match.start, match.end)
            for region in regions
            for match in self._matcher(text, region, leniency=self._leniency)
        }

    def _regions_of(self, number: str) -> list[str | None]:
        fitting: list[str | None] = []
        for digits in _parts(number):
            if self._any_shape.fullmatch(digits):
                fitting += [r for r, shape in self._shapes.items() if shape.fullmatch(digits)]
        return fitting


def _parts(number: str) -> Iterator[str]:
    """The digits of the candidate, and of every part that it may be broken into."""
    number = number.replace(" -", " ").replace("- ", " ")
    pieces = [digits for part in _BREAKS.split(number) if (digits := _NOT_DIGITS.sub("", part))]
    for first in range(len(pieces)):
        run = ""
        for piece in pieces[first:]:
            run += piece
            if len(run) > _MOST:
                break
            if len(run) >= _LEAST:
                yield run


@lru_cache(maxsize=512)
def _shape(region: str | None) -> re.Pattern[str]:
    """Matches the digits of every number that may be valid when dialled from the region."""
    metadata: Any = _metadata(region)
    if metadata is None:
        return re.compile(r"(?!)")
    kinds = "|".join(sorted(_kinds(metadata.country_code)))
    prefix = metadata.national_prefix_for_parsing or "(?!)"
    prefixes = f"(?:{_plain(prefix)})?(?:{_plain(prefix)})?"
    numbers = f"(?:{metadata.country_code})?{prefixes}(?:{kinds})"
    shapes = [rf"(?:{_plain(metadata.international_prefix or '(?!)')})\d*", numbers]
    if metadata.national_prefix_transform_rule:
        shapes.append(rf"(?:{metadata.country_code})?(?:{_plain(prefix)})\d*")
    return re.compile("(?:" + "|".join(shapes) + ")")


def _kinds(country_code: int) -> set[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    described = [
        getattr(_metadata(region), kind)
        for region in COUNTRY_CODE_TO_REGION_CODE[country_code]
        for kind in _KINDS
    ]
    patterns = (d.national_number_pattern for d in described if d is not None)
    return {_plain(pattern) for pattern in patterns if pattern}


def _metadata(region: str | None) -> Any:
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region(region, None) if region else None


def _plain(pattern: str) -> str:
    """The pattern without capturing groups: there may be only so many."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
