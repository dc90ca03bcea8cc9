"""Content encodings, within the budget, however damaged the data is.

The header is a list and often wrong (captures may hold the body already decompressed), so the
magic bytes decide; the header decides only for raw deflate and brotli, which have none.
"""

import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

from detectors.decode.base import Reason
from detectors.decode.chunked import unframe
from detectors.decode.compressed import ZSTD_MAGIC, Plain, unbrotli, unzstd
from detectors.decode.work import Place, Work

_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP, _ZLIB, _RAW = 31, 15, -15
_PIECE = 64
"""How finely damaged data is fed again: what a piece would have given past the damage is lost."""
_MOST_MEMBERS = 64
"""Each further member copies the rest of the data: many tiny ones would take quadratic time."""
_SMALLEST_ALLOWANCE = 64 * 1024
"""Short bodies may compress well without being bombs."""

_PROBE = 64
_OUTERMOST = 2
_ONCE = frozenset({"br", "deflate"})
"""What no magic tells: taken off as often as the header says."""

_SEEN_THROUGH = frozenset(
    {"identity", "gzip", "x-gzip", "deflate", "br", "zstd", "zstd1", "aws-chunked", "chunked"}
)


def encodings(header: str) -> list[str]:
    """The names in a Content-Encoding header, in the order they were applied."""
    return [token.strip().lower() for token in header.split(",") if token.strip()]


def all_known(declared: list[str]) -> bool:
    """Whether this module sees through every declared encoding."""
    return _SEEN_THROUGH.issuperset(declared)


def expand(data: bytes, place: Place, declared: list[str], work: Work) -> tuple[bytes, Place]:
    """`data` without its compression and framing, as often as it has some, and the place of the
    rest."""
    while (found := _take_off(data, place, declared, work)) is not None:
        data, step = found
        place = place.inner(step, place.content_type)
        if work.too_deep(place):
            work.skip(Reason.BUDGET_DEPTH, len(data))
            return b"", place
        if step in _ONCE and step in declared:
            declared = declared.copy()
            declared.remove(step)
    return data, place


def _take_off(
    data: bytes, place: Place, declared: list[str], work: Work
) -> tuple[bytes, str] | None:
    """One encoding less, and its name; None where there is none left."""
    kind = _sniff(data, declared)
    if kind is None:
        return _unframe(data, place, declared, work)
    step, decompress = kind
    if not work.spend(len(data)):
        return None
    plain = _decompress(data, decompress, work)
    return None if plain is None else (plain, step)


def _unframe(
    data: bytes, place: Place, declared: list[str], work: Work
) -> tuple[bytes, str] | None:
    if not data[:1].isalnum() or "chunked" in place.path or place.depth > _OUTERMOST:
        return None
    framed = unframe(data, declared)
    if framed is None:
        return None
    work.skip(Reason.CORRUPT, framed.lost)
    return framed.data, framed.name


_Decompress = Callable[[bytes, int], Plain]


def _sniff(data: bytes, declared: list[str]) -> tuple[str, _Decompress] | None:
    if data.startswith(_GZIP_MAGIC):
        return "gzip", partial(_members, wbits=_GZIP)
    # 0x78 is "x": only the two bytes together, and what follows, tell zlib from text.
    if len(data) > 2 and data[0] == 0x78 and (data[0] << 8 | data[1]) % 31 == 0:
        return ("deflate", partial(_members, wbits=_ZLIB)) if _opens(data, _ZLIB) else None
    if ZSTD_MAGIC in data[:5]:
        # some SDKs put a version byte before the frame and call it zstd1
        at = data.find(ZSTD_MAGIC, 0, 5)
        return ("zstd", lambda raw, room: unzstd(raw[at:], room)) if at <= 1 else None
    return _by_header(data, declared) if declared and data else None


def _by_header(data: bytes, declared: list[str]) -> tuple[str, _Decompress] | None:
    if "deflate" in declared and _opens(data, _RAW):
        return "deflate", partial(_members, wbits=_RAW)
    if "br" in declared and unbrotli(data, _PROBE).data:
        return "br", unbrotli
    return None


def _opens(data: bytes, wbits: int) -> bool:
    """Whether the beginning of `data` decompresses to anything."""
    try:
        return bool(zlib.decompressobj(wbits).decompress(data[:4096], 4096))
    except zlib.error:
        return False


def _decompress(data: bytes, decompress: _Decompress, work: Work) -> bytes | None:
    """What comes out of `data`, with what does not counted; None where nothing comes out."""
    by_ratio = max(_SMALLEST_ALLOWANCE, work.budget.ratio * len(data))
    room = work.room()
    plain, rest, intact = decompress(data, min(by_ratio, room))
    if not plain and not intact:
        return None
    work.grant(len(plain))
    if not intact:
        work.skip(Reason.CORRUPT, max(1, rest))
    elif rest:
        work.skip(Reason.BUDGET_RATIO if by_ratio < room else Reason.BUDGET_BYTES, rest)
    return plain


def _members(data: bytes, allowance: int, wbits: int) -> Plain:
    """The output of all members of `data` (gzip files may be joined), how many compressed bytes
    are left over, and whether it was intact (it may be, and not all wanted)."""
    out: list[bytes] = []
    for _ in range(_MOST_MEMBERS):
        stream = zlib.decompressobj(wbits)
        plain, rest, intact = _feed(stream, data, allowance, wbits)
        out.append(plain)
        allowance -= len(plain)
        if not stream.eof or not intact:
            full = intact and allowance <= 0
            return Plain(b"".join(out), max(1, rest), intact=full)
        data = stream.unused_data
        if not data.strip(b"\0"):
            return Plain(b"".join(out), 0, intact=True)
        if allowance <= 0:
            break
        if not (wbits == _GZIP and data.startswith(_GZIP_MAGIC)):
            return Plain(b"".join(out), len(data), intact=False)
    return Plain(b"".join(out), len(data), intact=True)


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
