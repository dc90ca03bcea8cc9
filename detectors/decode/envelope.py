"""Envelopes of error trackers: a header line, then items of a header line and a payload each,
whose length the header may say. The payloads may be anything."""

from typing import Any, cast

from detectors.decode.documents import BrokenError, parse
from detectors.decode.work import Place, Work


class EnvelopeDecoder:
    """Told by its second line, the first item's header: an object with a type. Positions are
    those of lines, as if each payload were one."""

    name = "envelope"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if data[:1] != b"{":
            return False
        opening, start = _line(data, 0)
        header, end = _line(data, start)
        if _object(opening) is None or not _is_item(_object(header)) or end >= len(data):
            return False
        _add(data[: start - 1], place.inner("ndjson[0]"), work)
        position, number = start, 1
        while position < len(data) and work.spend(64):
            line, position = _line(data, position)
            if not line.strip():
                continue
            _add(line, place.inner(f"ndjson[{number}]"), work)
            payload, position = _payload(data, position, _object(line))
            if payload:
                _add(payload, place.inner(f"ndjson[{number + 1}]"), work)
            number += 2
        return True


def _add(data: bytes, place: Place, work: Work) -> None:
    document = _object(data)
    if document is None:
        work.open(data, place)
        return
    work.inspected += len(data)
    work.walk(document, place._replace(path=f"{place.path}:$"))


def _payload(data: bytes, position: int, header: dict[str, Any] | None) -> tuple[bytes, int]:
    """The bytes of an item, and where the next begins."""
    length = (header or {}).get("length")
    if type(length) is not int or not 0 <= length <= len(data) - position:
        return _line(data, position)
    end = position + length
    return data[position:end], end + (data[end : end + 1] == b"\n")


def _line(data: bytes, position: int) -> tuple[bytes, int]:
    end = data.find(b"\n", position)
    return (data[position:], len(data)) if end < 0 else (data[position:end], end + 1)


def _object(line: bytes) -> dict[str, Any] | None:
    if line[:1] != b"{":
        return None
    try:
        document = parse(line)
    except BrokenError:
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None


def _is_item(header: dict[str, Any] | None) -> bool:
    return header is not None and isinstance(header.get("type"), str) and "length" in header
