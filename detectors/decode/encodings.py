"""Content encodings: gzip and deflate, within the budget, however damaged the data is.

The header is a list and often wrong (captures may hold the body already decompressed), so the
magic bytes decide; the header decides only for raw deflate, which has none.
"""

import zlib
from typing import Protocol

from detectors.decode.base import Reason
from detectors.decode.work import Place, Work

_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP, _ZLIB, _RAW = 31, 15, -15
_PIECE = 64
"""How finely damaged data is fed again: what a piece would have given past the damage is lost."""
_MOST_MEMBERS = 64
"""Each further member copies the rest of the data: many tiny ones would take quadratic time."""
_SMALLEST_ALLOWANCE = 64 * 1024
"""Short bodies may compress well without being bombs."""

_SEEN_THROUGH = frozenset({"identity", "gzip", "x-gzip", "deflate"})


def encodings(header: str) -> list[str]:
    """The names in a Content-Encoding header, in the order they were applied."""
    return [token.strip().lower() for token in header.split(",") if token.strip()]


def all_known(declared: list[str]) -> bool:
    """Whether this module sees through every declared encoding."""
    return _SEEN_THROUGH.issuperset(declared)


def expand(data: bytes, place: Place, declared: list[str], work: Work) -> tuple[bytes, Place]:
    """`data` without its compression, as often as it is compressed, and the place of the rest."""
    while (kind := _sniff(data, declared)) is not None:
        step, wbits = kind
        if work.too_deep(place):
            work.skip(Reason.BUDGET_DEPTH, len(data))
            return b"", place
        plain = _decompress(data, wbits, work)
        if plain is None:
            break
        data, place = plain, place.inner(step)
        declared = declared[:-1]
    return data, place


def _sniff(data: bytes, declared: list[str]) -> tuple[str, int] | None:
    if data.startswith(_GZIP_MAGIC):
        return "gzip", _GZIP
    # 0x78 is "x": only the two bytes together, and what follows, tell zlib from text.
    if len(data) > 2 and data[0] == 0x78 and (data[0] << 8 | data[1]) % 31 == 0:
        return ("deflate", _ZLIB) if _opens(data, _ZLIB) else None
    if "deflate" in declared and data and _opens(data, _RAW):
        return "deflate", _RAW
    return None


def _opens(data: bytes, wbits: int) -> bool:
    """Whether the beginning of `data` decompresses to anything."""
    try:
        return bool(zlib.decompressobj(wbits).decompress(data[:4096], 4096))
    except zlib.error:
        return False


def _decompress(data: bytes, wbits: int, work: Work) -> bytes | None:
    """What comes out of `data`, with what does not counted; None where nothing comes out."""
    by_ratio = max(_SMALLEST_ALLOWANCE, work.budget.ratio * len(data))
    room = work.room()
    plain, rest, reason = _members(data, wbits, min(by_ratio, room))
    if not plain and reason is Reason.CORRUPT:
        return None
    work.grant(len(plain))
    if reason is Reason.BUDGET_BYTES and by_ratio < room:
        reason = Reason.BUDGET_RATIO
    if reason is not None:
        work.skip(reason, max(1, rest))
    return plain


def _members(data: bytes, wbits: int, allowance: int) -> tuple[bytes, int, Reason | None]:
    """The output of all members of `data` (gzip files may be joined), how many compressed bytes
    are left over, and why they are."""
    out: list[bytes] = []
    for _ in range(_MOST_MEMBERS):
        stream = zlib.decompressobj(wbits)
        plain, rest, intact = _feed(stream, data, allowance, wbits)
        out.append(plain)
        allowance -= len(plain)
        if not stream.eof or not intact:
            full = intact and allowance <= 0
            return b"".join(out), rest, Reason.BUDGET_BYTES if full else Reason.CORRUPT
        data = stream.unused_data
        if not data.strip(b"\0"):
            return b"".join(out), 0, None
        if allowance <= 0:
            break
        if not (wbits == _GZIP and data.startswith(_GZIP_MAGIC)):
            return b"".join(out), len(data), Reason.CORRUPT
    return b"".join(out), len(data), Reason.BUDGET_BYTES


class _Stream(Protocol):
    """The part of zlib's decompressor that is used; its own class has no public name."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _feed(stream: _Stream, data: bytes, allowance: int, wbits: int) -> tuple[bytes, int, bool]:
    """One member's output, the compressed bytes not used for it, and whether it was intact.

    zlib gives nothing of a call that meets damage, so damaged data is fed again in pieces.
    """
    if allowance <= 0:
        return b"", len(data), True
    try:
        return stream.decompress(data, allowance), len(stream.unconsumed_tail), True
    except zlib.error:
        return *_feed_pieces(data, allowance, wbits), False


def _feed_pieces(data: bytes, allowance: int, wbits: int) -> tuple[bytes, int]:
    stream = zlib.decompressobj(wbits)
    out = bytearray()
    for at in range(0, len(data), _PIECE):
        if len(out) >= allowance:
            return bytes(out), len(data) - at
        try:
            out += stream.decompress(data[at : at + _PIECE], allowance - len(out))
        except zlib.error:
            return bytes(out), len(data) - at
    return bytes(out), 0
