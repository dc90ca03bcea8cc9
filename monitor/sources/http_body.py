"""The body of an ingest request: bounded, decompressed, cut into lines. No I/O of its own."""

import zlib
from collections.abc import AsyncIterator

from monitor.sources.framing import Line, LineFramer

CONTENT_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"}
)
_GZIP_WBITS = 31


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An answer other than 200: its status, a code, what to do, and further headers."""

    def __init__(
        self, status: int, code: str, remedy: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(remedy)
        self.status = status
        self.code = code
        self.remedy = remedy
        self.headers = headers or {}


def check_types(content_type: str, encoding: str) -> None:
    """Refuses what is not NDJSON, plain or gzip. A request without a content type is let in."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in CONTENT_TYPES:
        raise Refusal(415, "unsupported-media-type", "send application/x-ndjson")
    if encoding not in ("", "identity", "gzip"):
        headers = {"Accept-Encoding": "gzip, identity"}
        raise Refusal(415, "unsupported-encoding", "compress with gzip, or not at all", headers)


async def read_lines(pieces: AsyncIterator[bytes], encoding: str, limit: int) -> list[Line]:
    """The lines of a body. It is refused as soon as it passes `limit` bytes, decompressed ones
    included, so that neither a large body nor a bomb is ever held."""
    framer = LineFramer(limit)
    inflater = _Inflater(limit) if encoding == "gzip" else None
    lines: list[Line] = []
    seen = 0
    async for piece in pieces:
        seen += len(piece)
        if seen > limit:
            raise too_large(limit)
        lines += framer.push(inflater.push(piece) if inflater else piece)
    if inflater is not None and not inflater.complete:
        raise _bad_gzip()
    return lines + framer.finish()


def too_large(limit: int) -> Refusal:
    return Refusal(413, "too-large", f"send at most {limit} bytes a request, decompressed")


def _bad_gzip() -> Refusal:
    return Refusal(400, "corrupt-gzip", "send one whole gzip stream")


class _Inflater:
    """gzip in pieces, with a bound on what comes out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit
        self._inflate = zlib.decompressobj(_GZIP_WBITS)

    @property
    def complete(self) -> bool:
        return self._inflate.eof and not self._inflate.unused_data

    def push(self, piece: bytes) -> bytes:
        try:
            # One byte more than may come: enough to know that it is too much.
            data = self._inflate.decompress(piece, self._left + 1)
        except zlib.error:
            raise _bad_gzip() from None
        if len(data) > self._left:
            raise too_large(self._limit)
        self._left -= len(data)
        return data
