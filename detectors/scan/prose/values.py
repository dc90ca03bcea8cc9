"""What stands at a place in running text: one reader a shape, each a pattern with a bounded length.

`VALUES[shape](text, position)` gives the end of the value that starts there, or None.
"""

import re
from collections.abc import Callable, Mapping

from detectors.scan.keys import shapes

Value = Callable[[str, int], int | None]

_PHONE = re.compile(
    r"\+?[\d(][\d ().\-/]{5,24}\d(?: ?(?:x|ext\.?) ?\d{1,6})?(?!-?\w)", re.IGNORECASE
)
_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
_DATE = re.compile(
    rf"(?:{_YEAR}[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:{_YEAR}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|[.º])? ?(?:of |de |d')?[^\W\d_]{{3,12}}\.?,? "
    rf"(?:de |del )?{_YEAR}"
    rf"|[^\W\d_]{{3,12}}\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|{_YEAR}年\d{{1,2}}月\d{{1,2}}日)(?!\w)"
)
_IDENTITY = re.compile(
    r"[A-Z]{0,6}[ -]?(?=[A-Z]{0,6}\d|\d)[A-Z0-9]{1,16}(?:[-. /][A-Z0-9]{1,12}){0,5}(?!-?\w)"
)
_PASSPORT = re.compile(r"(?=[A-Z]{0,3}\d|[A-Z]{1,2} \d)[A-Z0-9]{1,3} ?[A-Z0-9]{5,9}(?!\w)")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}(?:[A-Z0-9]{1,12})?(?!\w)")
_USERNAME = re.compile(r"@?[^\W_][\w.+-]{1,38}\w(?![\w@])")
_CODE = re.compile(r"(?:user|name|login|self|this)(?![a-z])", re.IGNORECASE)
_CALLS = frozenset("([={$")
"""After a word, these make it a variable of source code."""
_SECRET = re.compile(r"[^\s\"'<>,;]{6,64}")
_DEGREES = r"-?\d{1,3}\.\d{2,12}°?(?: ?[NSEWO]\b)?"
GEO = re.compile(rf"{_DEGREES}\s{{0,2}}[,;/]?\s{{0,2}}{_DEGREES}")
_ZIP = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2,3}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3}-\d{4}|\d{4} ?[A-Z]{2}(?![a-z])|\d{8}|\d{4,6}|\d{3} \d{2})"
    r"(?!-?\w)"
)
POSTCODE = re.compile(_ZIP)


def phone(text: str, at: int) -> int | None:
    """A number with the digits and separators of a national or international phone number."""
    found = _PHONE.match(text, at)
    if found is None or not 7 <= sum(map(str.isdigit, found.group())) <= 18:
        return None
    return None if _DATE.match(text, at) else found.end()


def identity(text: str, at: int) -> int | None:
    """An official number; a following word in capitals is not part of it."""
    found = _IDENTITY.match(text, at)
    while found is not None and not shapes.identity_number(found.group()):
        cut = max(found.group().rfind(" "), found.group().rfind("/"))
        found = _IDENTITY.fullmatch(text, at, at + cut) if cut > 0 else None
    return found.end() if found else None


def username(text: str, at: int) -> int | None:
    """A word that is a user's name: shaped like one, with what plain words do not have."""
    found = _USERNAME.match(text, at)
    if found is None or not shapes.username(found.group().lstrip("@")):
        return None
    if _CODE.search(found.group()) or text[found.end() : found.end() + 1] in _CALLS:
        return None
    return found.end()


def secret(text: str, at: int) -> int | None:
    """A password: no plain word, no placeholder."""
    found = _SECRET.match(text, at)
    if found is None:
        return None
    value = found.group().rstrip(".)")
    mixed = any(map(str.isdigit, value)) or any(not c.isalnum() for c in value)
    return (
        at + len(value)
        if mixed and len(value) > 5 and shapes.secret(value) and value[0] not in "{[$%"
        else None
    )


def geo(text: str, at: int) -> int | None:
    """Two coordinates, the second of which may have a name before it."""
    found = GEO.match(text, at)
    return found.end() if found else None


def _by(pattern: re.Pattern[str]) -> Value:
    match = pattern.match

    def read(text: str, at: int) -> int | None:
        found = match(text, at)
        return found.end() if found else None

    return read


VALUES: Mapping[str, Value] = {
    "phone": phone,
    "date": _by(_DATE),
    "identity": identity,
    "passport": _by(_PASSPORT),
    "iban": _by(_IBAN),
    "username": username,
    "secret": secret,
    "geo": geo,
    "postcode": _by(POSTCODE),
}
"""The shapes that cues.yaml speaks of; `name` and `street` are read word by word elsewhere."""
