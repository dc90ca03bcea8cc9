"""Paths of leaves: written so that they can be read back, and normalised so that they can be kept.

A path may hold personal data, because a key may (`{"jane@example.com": {...}}`). The path of a
leaf is for the memory of this process; only what `field_path` gives may be stored.
"""

import re
from functools import lru_cache
from typing import NamedTuple

CACHED_PATHS = 20_000
"""Bound of the caches by key and by path. Keys are cut, so that paths and caches stay small
whatever a payload uses as keys."""

# A key that is written bare. Dots are allowed because real field names have them
# (`http.client_ip`), but not together with spaces; whatever else has a meaning is quoted.
_BARE = re.compile(r"\w[\w $-]*|[^\W\d][\w$.-]*|[$-][\w$.-]*")
_BARE_PART = re.compile(r"[^.\[\]]+")
_BARE_FORM = re.compile(r"[\w$-]([\w $.-]|\[[\w $.-]*\])*")
_TOKEN = re.compile(
    r"\.?\['(?P<quoted>(?:[^'\\]|\\.)*)'\]|\[(?P<position>\d+)\]|(?P<name>[^.\[\]>:/]+)", re.DOTALL
)

_FIELD_NAME = re.compile(r"[^\W\d][\w-]*|[$_-][\w$-]*")
_LONGEST_NAME = 64
_DIGIT_RUN = re.compile(r"\d{4}")
_HASH_LIKE = re.compile(r"(?=.*\d)[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*")
_MANY_DIGITS = 6


class Step(NamedTuple):
    """A key as a step of a path: how it is written, the key for judging (cut where it is long),
    and whether it looks like the name of a field, rather than like data used as a key."""

    written: str
    key: str
    is_field: bool


def member(key: str) -> Step:
    """The step to a member of an object: `.email`, or `['jane@example.com']` for an odd key."""
    return _member(key) if len(key) <= _LONGEST_NAME and key.isascii() else _member(_cut(key))


def name(key: str) -> Step:
    """A form field's, parameter's or header's name: `card[number]`, quoted where it is odd."""
    return _name(_cut(key))


@lru_cache(maxsize=CACHED_PATHS)
def parts(key: str) -> tuple[str, ...]:
    """The names in a key: `user`, `email` of `user.email`, `a`, `b` of `a[0][b]`."""
    if "." not in key and "[" not in key:
        return (key,)
    return tuple(part for part in _BARE_PART.findall(key) if not part.isdigit()) or (key,)


def _cut(key: str) -> str:
    if len(key) > _LONGEST_NAME:
        key = key[:_LONGEST_NAME] + "…"
    return key if key.isascii() else key.encode("utf-8", "replace").decode()


@lru_cache(maxsize=CACHED_PATHS)
def _member(key: str) -> Step:
    if _BARE.fullmatch(key):
        return Step(f".{key}", key, all(map(is_field_name, _BARE_PART.findall(key))))
    return Step(_quoted(key), key, is_field=False)


@lru_cache(maxsize=CACHED_PATHS)
def _name(key: str) -> Step:
    if _BARE_FORM.fullmatch(key):
        return Step(key, key, all(map(is_field_name, _BARE_PART.findall(key))))
    return Step(_quoted(key), key, is_field=False)


def is_field_name(key: str) -> bool:
    """Whether a key looks like the name of a field.

    Strict on purpose: an odd field name costs only a `*` in a report, a phone number that is
    taken for a field name would be stored.
    """
    return (
        len(key) <= _LONGEST_NAME
        and _FIELD_NAME.fullmatch(key) is not None
        and key.isprintable()
        and _DIGIT_RUN.search(key) is None
        and sum(map(str.isdigit, key)) < _MANY_DIGITS
        and _HASH_LIKE.fullmatch(key) is None
    )


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


@lru_cache(maxsize=CACHED_PATHS)
def field_path(path: str) -> str:
    """The path as it may be stored: positions are `[*]`, keys that are no field names `*`."""
    return _TOKEN.sub(_normalise, path).replace(":.*", ":*")


def _normalise(token: re.Match[str]) -> str:
    if token["quoted"] is not None:
        return ".*"
    if token["position"] is not None:
        return "[*]"
    if token["name"] == "$":
        return "$"
    return token["name"] if is_field_name(token["name"]) else "*"
