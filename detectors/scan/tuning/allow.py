"""Allow-lists: which hits are nobody's business, by whose word, and until when."""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from detectors.pseudonym import MIN_KEY_BYTES, normalise
from detectors.scan.base import Hit
from detectors.scan.tuning.model import Allow, AllowedValues
from detectors.taxonomy import matches

_PURPOSE = "egresswatch allow-list"
_LONGEST_FOR_REGEX = 256
"""A longer value is allowed by no `regex`: it bounds the time of one."""
_CACHED_PATHS = 20_000


def hashed(key: bytes, category: str, value: str) -> str:
    """What stands under `hashed` for a value of a data category: HMAC-SHA-256 in hexadecimal.

    Whoever has the file and not the key cannot try values out. Spellings of one value (case, and
    the separators of numbers) have one hash.
    """
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"an allow-list's key needs {MIN_KEY_BYTES} bytes, this has {len(key)}")
    text = f"{_PURPOSE}\0{category}\0{normalise(category, value)}"
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


class _Entry:
    """One entry, ready to be asked."""

    def __init__(self, allow: Allow) -> None:
        self.id = allow.id
        self.expires = allow.expires
        self._subprocessors = frozenset(allow.subprocessors)
        self._categories = allow.categories
        self._paths = re.compile("|".join(map(_glob, allow.paths))) if allow.paths else None
        self.any_value = allow.value is None
        value = allow.value or AllowedValues.model_construct()
        self.exact = frozenset(v.strip().casefold() for v in value.exact)
        self.hashed = frozenset(value.hashed)
        self._suffixes = tuple(map(str.casefold, value.suffix))
        self._regexes = [re.compile(pattern) for pattern in value.regex]
        self._is_at = lru_cache(maxsize=_CACHED_PATHS)(self._matches_path)

    def is_about(self, hit: Hit, category: str, subprocessor: str) -> bool:
        """Whether every condition but the value's holds."""
        return (
            (not self._subprocessors or subprocessor in self._subprocessors)
            and (not self._categories or any(matches(category, c) for c in self._categories))
            and (self._paths is None or self._is_at(hit.leaf.path))
        )

    def takes(self, value: str) -> bool:
        """Whether the value itself is allowed, but for the hashed ones."""
        if self.any_value:
            return True
        folded = value.strip().casefold()
        return (
            folded in self.exact
            or any(_ends(folded, suffix) for suffix in self._suffixes)
            or (
                len(value) <= _LONGEST_FOR_REGEX
                and any(regex.fullmatch(value) for regex in self._regexes)
            )
        )

    def _matches_path(self, path: str) -> bool:
        return self._paths is not None and self._paths.fullmatch(path) is not None


class AllowList:
    """All entries. Expiry is judged by the event's own time, so that a replay decides the same."""

    def __init__(self, entries: Sequence[Allow], key: bytes | None = None) -> None:
        self._entries = [_Entry(entry) for entry in entries]
        self._key = key

    def __bool__(self) -> bool:
        return bool(self._entries)

    def by(self, hit: Hit, category: str, subprocessor: str, at: datetime) -> str | None:
        """The id of the first entry that allows the hit at that time; None where none does."""
        day = at.astimezone(UTC).date()
        value = digest = ""
        for entry in self._entries:
            if day > entry.expires or not entry.is_about(hit, category, subprocessor):
                continue
            value = value or hit.value
            if entry.takes(value):
                return entry.id
            if entry.hashed and self._key is not None:
                digest = digest or hashed(self._key, category, value)
                if digest in entry.hashed:
                    return entry.id
        return None


def _ends(value: str, suffix: str) -> bool:
    """Whether the value ends with the suffix at a boundary: `x.com` ends `a@x.com`, not `ax.com`"""
    if not value.endswith(suffix):
        return False
    before = value[: len(value) - len(suffix)]
    return not before or suffix[0] in "@." or before[-1] in "@."


def _glob(pattern: str) -> str:
    """As a regular expression: `*` is anything, and a position `[*]` any position."""
    return "(?:" + ".*".join(re.escape(part) for part in pattern.split("*")) + ")"
