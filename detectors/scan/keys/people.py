"""People's names as values of keys that say little: full names whose first name is a known one."""

from functools import cache
from typing import TYPE_CHECKING

from detectors.scan.keys.shapes import full_name

if TYPE_CHECKING:
    from detectors.scan.prose.names import Names


def known_name(text: str) -> bool:
    """Two to four capitalised words, the first of which is a known first name and nothing else;
    no word after it that names are not made of (`Jack Support`, `Emma Street`)."""
    if len(text) > 60 or not full_name(text):
        return False
    first, *others = text.split()
    names = _names()
    if not others or not names.first_name(first, sure=True):
        return False
    lower = [word.lower() for word in others]
    return lower[-1] not in names.not_last and names.never.isdisjoint(lower)


@cache
def _names() -> "Names":
    from detectors.scan.prose.names import default_names  # its package needs the keys

    return default_names()
