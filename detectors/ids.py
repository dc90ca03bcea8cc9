"""Deterministic identifiers: the same input gives the same id, so that redelivery overwrites."""

import re
from functools import lru_cache
from hashlib import blake2b

_PLAIN = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.:-]{1,128}")
"""With a letter in it: digits alone may be a phone or an identity number."""

_TRACE = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def stable_id(*parts: str | int) -> str:
    """32 hexadecimal digits from the parts; ("a", "bc") and ("ab", "c") differ."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = str(part).encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def position_id(place: str, generation: int, offset: int) -> str:
    """32 hexadecimal digits for a position in a log. Ids of one log sort by position: an index
    appends them side by side instead of all over its pages."""
    return f"{_log(place, generation)}{offset:016x}"


@lru_cache(maxsize=1024)
def _log(place: str, generation: int) -> str:
    return blake2b(f"{generation}:{place}".encode(), digest_size=8).hexdigest()


def storable_trace(given: str) -> str:
    """A trace id: as it is in W3C's or UUID's shape, else hashed like any other identifier."""
    return given if not given or _TRACE.fullmatch(given) else stable_id("trace", given)


def storable_id(given: str) -> str:
    """An identifier that an event brings: as it is where it looks like one, else hashed, since
    it might hold more than an identifier."""
    return given if not given or _PLAIN.fullmatch(given) else stable_id("given", given)
