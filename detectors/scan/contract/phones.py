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
_WITH_EXTENSION = re.compile(r"(?:[0-9 ()\[\].\-/\u00a0\u2010-\u2015#,;\t~]|[xX](?!.*[xX].*[xX]))+")
"""Up to two letters: from three on, libphonenumber reads letters as digits."""
_SECOND_NUMBER = re.compile(r"[\\/] *x", re.IGNORECASE)
_BREAKS = re.compile(r"[/(.\s\u2012-\u2015xX#,;~]+")
"""Where libphonenumber breaks a candidate up; a hyphen only beside white space."""
_LONG = 40
_SEEN_AFTER = 3
"""The characters after a candidate that the matcher looks at (`:30` makes a date a time)."""
_LETTER = re.compile(r"[A-Za-z]")
_NOT_DIGITS = re.compile(r"\D+")
_PLUS = "+\uff0b"
_LEAST, _MOST = 4, 22
_SHORT, _TRIES, _TRIES_IN_LONG, _CHARACTERS_A_TRY = 4_096, 3_000, 800, 24
"""How often the matcher may try to read something in one text as a number: in a short one so many
times; in a longer one fewer, and once more for each so many characters. Each takes some 30 us."""
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


class PhoneFinder:
    """The spans that PhoneNumberMatcher finds for any of the regions."""

    def __init__(self, regions: Sequence[str | None], leniency: int) -> None:
        from phonenumbers import phonenumbermatcher

        # The matcher's own idea of a candidate, which it does not offer to others.
        self._candidates = phonenumbermatcher._PATTERN.finditer  # noqa: SLF001
        self._regions = tuple(dict.fromkeys(regions))
        self._leniency = leniency
        self._shapes = {region: _shape(region) for region in self._regions} if leniency else {}
        self._any_shape = re.compile("|".join(s.pattern for s in self._shapes.values()))

    def find(self, text: str) -> set[tuple[int, int]]:
        runs = Runs(self._leniency, _tries_for(text))
        if not self._shapes:
            return runs.of(text, self._regions)
        if _FEW_DIGITS.search(text) is None:
            return set()
        promising: list[tuple[re.Match[str], Sequence[str | None]]] = []
        last = -1
        for candidate in self._candidates(text):
            regions = self._regions_for(text, candidate)
            if regions:
                if last == candidate.start() or not _stands_alone(candidate.group()):
                    return runs.of(text, self._regions)
                promising.append((candidate, regions))
            last = candidate.end()
        return {span for one, regions in promising for span in _around(text, one, regions, runs)}

    def _regions_for(self, text: str, candidate: re.Match[str]) -> Sequence[str | None]:
        """The regions from which the candidate, or a part of it, may be a number."""
        number = candidate.group()
        if _PLAIN.fullmatch(number):
            return () if _is_part_of_a_word(text, candidate) else self._fitting(number)
        if number[0] in _PLUS and _PLAIN.fullmatch(number, 1):
            return self._regions
        if _WITH_EXTENSION.fullmatch(number) and not _SECOND_NUMBER.search(number):
            return self._fitting(number)
        return self._regions

    def _fitting(self, number: str) -> Sequence[str | None]:
        fitting: dict[str | None, None] = {}
        for digits in _parts(number):
            if self._any_shape.fullmatch(digits):
                fitting |= {r: None for r, shape in self._shapes.items() if shape.fullmatch(digits)}
        return tuple(fitting)


class Runs:
    """libphonenumber's matcher on pieces of one text, within a number of tries for all of them.
    What comes again in the text is not tried again."""

    def __init__(self, leniency: int, tries: int) -> None:
        from phonenumbers import PhoneNumberMatcher

        self._matcher = PhoneNumberMatcher
        self._leniency = leniency
        self._tries = tries
        self._done: dict[tuple[str, str | None], set[tuple[int, int]]] = {}

    def of(self, text: str, regions: Sequence[str | None]) -> set[tuple[int, int]]:
        """The spans that the matcher finds in a piece for any of the regions."""
        return {span for region in regions for span in self._run(text, region)}

    def _run(self, text: str, region: str | None) -> set[tuple[int, int]]:
        spans = self._done.get((text, region))
        if spans is None:
            spans = self._done[text, region] = set()
            if self._tries > 0:
                matcher: Any = self._matcher(
                    text, region, leniency=self._leniency, max_tries=self._tries
                )
                for match in matcher:
                    spans.add((match.start, match.end))
                    if len(spans) >= self._tries:
                        break
                # the matcher counts down what it tried in vain, and tells nobody
                self._tries = matcher._max_tries - len(spans)  # noqa: SLF001
        return spans


def _tries_for(text: str) -> int:
    return _TRIES if len(text) <= _SHORT else _TRIES_IN_LONG + len(text) // _CHARACTERS_A_TRY


def _around(
    text: str, candidate: re.Match[str], regions: Sequence[str | None], runs: Runs
) -> Iterator[tuple[int, int]]:
    """What the matcher takes of one candidate. It looks at the characters that touch it; a number
    with a plus that is taken as a whole reads the same from every region."""
    start, end = candidate.span()
    low = max(0, start - 1)
    piece = text[low : end + _SEEN_AFTER]
    for region in regions:
        spans = {(low + first, low + last) for first, last in runs.of(piece, (region,))}
        yield from (span for span in spans if start <= span[0] and span[1] <= end)
        if text[start] in _PLUS and (start, end) in spans:
            return


def _stands_alone(number: str) -> bool:
    """Whether the text around makes no difference to how a candidate ends: it has no extension,
    and reached no limit of length."""
    return len(number) <= _LONG and _PLAIN.fullmatch(number, number[0] in _PLUS) is not None


def _is_part_of_a_word(text: str, candidate: re.Match[str]) -> bool:
    """Whether libphonenumber rejects the candidate for the letter it touches, and all of it."""
    number, start, end = candidate.group(), candidate.start(), candidate.end()
    if _BREAKS.search(number) or number[0] == "[":
        return False
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    return bool(_LETTER.match(before) or _LETTER.match(after))


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
