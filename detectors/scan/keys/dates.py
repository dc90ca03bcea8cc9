"""Dates as people and programs write them, and which of them may be somebody's birth."""

import re

_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
_MONTH = r"[^\W\d]{3,12}\.?"
_TIME = r"(?:[T ][\d:.]+ ?(?:Z|UTC|[+-][\d:]+)?)?"
_OF = r"(?:(?:de|di|of) )?"
_DATE = re.compile(
    rf"{_YEAR}[-/._ ] ?\d{{1,2}}[-/._ ] ?\d{{1,2}}\.?{_TIME}"
    rf"|\d{{1,2}}[-/._ ] ?\d{{1,2}}[-/._ ] ?(?:{_YEAR}|\d\d){_TIME}"
    rf"|{_YEAR}[01]\d[0-3]\d"
    r"|(?:[^\W\d]{2,10}\.?,? )?\d{1,2}(?:st|nd|rd|th|\.|er|º|ª)?"
    rf"[ -]{_OF}{_MONTH},?[ -]{_OF}{_YEAR}"
    rf"|{_MONTH}[ -]\d{{1,2}}(?:st|nd|rd|th)?,?[ -]{_YEAR}|{_YEAR}[ -]{_MONTH}[ -]\d{{1,2}}"
    r"|(?:\d{4}|(?:明治|大正|昭和|平成|令和)(?:\d{1,2}|元)) ?年 ?\d{1,2} ?月 ?\d{1,2} ?日"
    r"|\d{4}년 ?\d{1,2}월 ?\d{1,2}일"
)
_DAY_AND_MONTH = re.compile(r"(?:--)?\d{1,2}[-/.]\d{1,2}\.?")
_EPOCH = re.compile(r"-?\d{6,13}(?:\.0)?", re.ASCII)
_OLDEST, _YOUNGEST = -2_208_988_800, 1_900_000_000
"""Seconds since 1970 of a birth: from 1900 to a time that is still to come."""
_TIME_ZONE_STEP = 900


def date(text: str) -> bool:
    """A day, in figures or with the month's name."""
    return 6 <= len(text) <= 40 and _DATE.fullmatch(text.strip()) is not None


def birthday(text: str) -> bool:
    """A day whose key says that it is somebody's birth: the year may be missing, and it may be
    written in seconds or milliseconds since 1970."""
    if len(text) > 40:
        return False
    stripped = text.strip()
    return (
        _DATE.fullmatch(stripped) is not None
        or _DAY_AND_MONTH.fullmatch(stripped) is not None
        or _is_epoch(stripped)
    )


def _is_epoch(text: str) -> bool:
    """Days begin at full quarters of an hour in every time zone."""
    if _EPOCH.fullmatch(text) is None:
        return False
    seconds = int(text.removesuffix(".0"))
    if abs(seconds) > 10_000_000_000 and seconds % 1000 == 0:
        seconds //= 1000
    return _OLDEST <= seconds <= _YOUNGEST and seconds % _TIME_ZONE_STEP == 0
