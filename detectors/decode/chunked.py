"""Chunked framing that stands in the body itself: as object stores sign it (`aws-chunked`, with
signatures and trailers), and as captures leave HTTP's own."""

import re
from typing import NamedTuple

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})((?:;[^\r\n]{0,400})?)\r\n")
_MOST_CHUNKS = 4096
_TRAILERS = re.compile(rb"(?:[\w-]+:[^\r\n]*\r?\n)*(?:\r\n)*")


class Unframed(NamedTuple):
    """The body without its framing, what the framing is called, and how many bytes of it were
    missing or were no chunks."""

    data: bytes
    name: str
    lost: int


def unframe(data: bytes, declared: list[str]) -> Unframed | None:
    """The body in `data`; None where it is not framed. One whole chunk must be there, or the
    header must say so, since text may begin with digits."""
    parts: list[bytes] = []
    position, signed, ended = 0, "aws-chunked" in declared, False
    for _ in range(_MOST_CHUNKS):
        head = _CHUNK.match(data, position)
        if head is None:
            break
        size, start = int(head[1], 16), head.end()
        signed = signed or b"signature" in head[2]
        if size == 0:
            ended, position = True, start
            break
        end = start + size
        if end > len(data):  # the capture was cut
            parts.append(data[start:])
            position = len(data)
            break
        if data[end : end + 2] != b"\r\n":
            break
        parts.append(data[start:end])
        position = end + 2
    if not (parts or ended) or not (ended or "aws-chunked" in declared):
        return None
    trailers = _TRAILERS.match(data, position)
    rest = len(data) - (trailers.end() if trailers and ended else position)
    return Unframed(b"".join(parts), "aws-chunked" if signed else "chunked", rest)
