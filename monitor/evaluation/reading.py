"""The records of one file of any format, decoded into leaves; a bad one costs only itself."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec

from detectors.decode import Budget, Decoded, Leaf, decode_request
from detectors.records import EgressEvent, RecordError
from detectors.records.base import translated_errors
from monitor.formats import FORMATS
from monitor.sources.framing import DEFAULT_MAX_RECORD_BYTES
from monitor.sources.har import HarReader
from monitor.sources.readers import LineReader, Reader
from monitor.sources.streams import GZIP_CHUNK, HEAD, PLAIN_CHUNK, Damaged

STDIN = "-"
TEXT = "text"
FORMAT_NAMES = (*FORMATS, TEXT)
"""The formats of sources, and `text`: a JSON object a line with a `text` member."""

_Dated = tuple[Decoded, datetime | None]

_GZIP_MAGIC = b"\x1f\x8b"


class ReadRecord(NamedTuple):
    """One record by its number, from 0, and its own time if it has one. `decoded` is None where it
    could not be read: then `problem` says why, without quoting it."""

    number: int
    data: bytes = b""
    decoded: Decoded | None = None
    at: datetime | None = None
    problem: str = ""


def read_records(
    file: BinaryIO, format_name: str, limit: int = DEFAULT_MAX_RECORD_BYTES
) -> Iterator[ReadRecord]:
    """Every record of `file`, plain or gzip. Numbers count bad records too, blank lines not."""
    stream = _Stream(file)
    make = HarReader if format_name == "har" else LineReader
    reader: Reader = make(stream, 0, limit, live=False)
    decode = _DECODERS[format_name]
    number = 0
    while (piece := reader.read()) is not None or not reader.ended:
        if piece is None:
            continue
        if piece.refused:
            yield ReadRecord(number, problem=": ".join(piece.refused))
        else:
            yield _decoded(number, piece.data, decode)
        number += 1


@contextmanager
def readable(name: str) -> Generator[BinaryIO]:
    """The file of that name for reading; `-` is standard input. ValueError if it cannot be."""
    if name == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; its user's errors are not ours
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}") from None
    with file:
        yield file


class _Text(msgspec.Struct):
    text: str

    def __repr__(self) -> str:
        return "<text>"


_text_decoder = msgspec.json.Decoder(_Text)


def _decode_text(data: bytes) -> _Dated:
    with translated_errors():
        text = _text_decoder.decode(data).text
    return Decoded(leaves=[Leaf("text", (), text)], inspected=len(data)), None


def _decode_event(format_name: str) -> Callable[[bytes], _Dated]:
    budget = Budget()

    def decode(data: bytes) -> _Dated:
        event = FORMATS[format_name].decode(data)
        # reads of a store carry no payload
        is_sent = isinstance(event, EgressEvent)
        return decode_request(event, budget) if is_sent else Decoded(), event.timestamp

    return decode


_DECODERS: dict[str, Callable[[bytes], _Dated]] = {
    TEXT: _decode_text,
    **{name: _decode_event(name) for name in FORMATS},
}


def _decoded(number: int, data: bytes, decode: Callable[[bytes], _Dated]) -> ReadRecord:
    try:
        return ReadRecord(number, data, *decode(data))
    except RecordError as error:
        return ReadRecord(number, data, problem=str(error))


class _Stream:
    """A file that cannot seek (a pipe), uncompressed. The other streams of sources can go on from
    an offset; this one is read once."""

    growing = False

    def __init__(self, file: BinaryIO) -> None:
        buffered = _buffered(file)
        self._position = 0
        self._head = b""
        packed = buffered.peek(2).startswith(_GZIP_MAGIC)
        self._read: Callable[[int], bytes] = (
            gzip.GzipFile(fileobj=buffered).read1 if packed else buffered.read1
        )
        self._size = GZIP_CHUNK if packed else PLAIN_CHUNK

    def read(self) -> bytes:
        piece = self._piece()
        self._position += len(piece)
        if len(self._head) < HEAD:
            self._head = (self._head + piece)[:HEAD]
        return piece

    def head(self) -> bytes:
        return self._head

    def _piece(self) -> bytes:
        try:
            return self._read(self._size)
        except EOFError:
            problem = "the gzip stream is cut off"
        except (gzip.BadGzipFile, zlib.error):
            problem = "the gzip stream is damaged"
        raise Damaged("corrupt-gzip", problem, self._position)


def _buffered(file: BinaryIO) -> io.BufferedReader:
    # wrapped a second time, the file would be closed together with the wrapper
    if isinstance(file, io.BufferedReader):
        return cast("io.BufferedReader", file)
    return io.BufferedReader(io.BytesIO(file.read()))
