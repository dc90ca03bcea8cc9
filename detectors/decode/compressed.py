"""Brotli and zstd within an allowance. Each gives what came out, the bytes not used, and whether
the data was intact; a damaged stream gives what came before the damage, as far as there is any."""

from typing import NamedTuple, Protocol, cast

import brotli
import zstandard

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PIECE = 16 * 1024
_LARGEST_WINDOW = 64 * 1024 * 1024


class Plain(NamedTuple):
    """What came out of compressed data, how much of it is left over, and whether it was intact."""

    data: bytes
    rest: int
    intact: bool


def unzstd(data: bytes, allowance: int) -> Plain:
    """All frames of `data`."""
    out = bytearray()
    source = memoryview(data)
    decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    try:
        with decompressor.stream_reader(source, read_across_frames=True) as stream:
            while len(out) < allowance:
                piece = stream.read(min(_PIECE, allowance - len(out)))
                if not piece:
                    return Plain(bytes(out), 0, intact=_complete(data, len(out)))
                out += piece
            rest = 1 if stream.read(1) else 0
    except (zstandard.ZstdError, MemoryError):
        return Plain(bytes(out), len(data), intact=False)
    return Plain(bytes(out), rest, intact=True)


def _complete(data: bytes, size: int) -> bool:
    """Whether a frame that says its size gave it: the reader takes a cut frame for an end."""
    declared = zstandard.frame_content_size(data)
    return declared <= size


class _Brotli(Protocol):
    """The part of brotli's decompressor that is used; it comes without types."""

    def process(self, data: bytes, /, output_buffer_limit: int) -> bytes: ...
    def is_finished(self) -> bool: ...
    def can_accept_more_data(self) -> bool: ...


_BrotliError = cast("type[Exception]", brotli.error)  # pyright: ignore[reportUnknownMemberType]  no types


def unbrotli(data: bytes, allowance: int) -> Plain:
    """One brotli stream; it has no magic, so that only the header can say so."""
    stream = cast("_Brotli", brotli.Decompressor())  # pyright: ignore[reportUnknownMemberType]  no types
    out = bytearray()
    pending = data
    try:
        while len(out) < allowance:
            limit = min(_PIECE, allowance - len(out))
            piece = stream.process(pending, output_buffer_limit=limit)
            pending = b""
            out += piece
            if stream.is_finished():
                return Plain(bytes(out), 0, intact=True)
            if not piece and stream.can_accept_more_data():
                return Plain(bytes(out), 1, intact=False)
    except _BrotliError:
        return Plain(bytes(out), len(data), intact=False)
    return Plain(bytes(out[:allowance]), 1, intact=True)
