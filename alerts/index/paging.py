"""The token that continues a search after its last answer.

Answers are ordered by time, newest first, then by when they were stored. The token holds the place
of the last one, so records that arrive meanwhile move nothing: each is given once, and newer ones
wait for a new search. It also carries the total, so that only the first page counts.
"""

import base64
import binascii
from hashlib import blake2b

import msgspec

from alerts.index.base import QueryError, What


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the last answer's time and number (or id), and what was asked."""

    time: int
    seq: int | str
    total: int
    asked: str


def question(what: What, query: str) -> str:
    """A fingerprint of what was asked; times are left out, since `7d` moves on between pages."""
    return blake2b(f"{what} {query.strip()}".encode(), digest_size=6).hexdigest()


def token_of(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(token: str, asked: str) -> Place:
    """The place in a token; QueryError where it is not ours, or belongs to another search."""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(data, type=Place)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise QueryError("the `after` token is damaged: copy it whole from the last page") from None
    if place.asked != asked:
        raise QueryError("the `after` token belongs to another search: give the same query with it")
    return place
