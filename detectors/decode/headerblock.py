"""Header lines before a body, as parts of multipart bodies and requests inside of bodies have."""

import re
from urllib.parse import unquote_to_bytes

from detectors.decode.text import to_text

_LINE = re.compile(
    rb"([!-9;-~]{1,100}):[ \t]*([^\r\n]{0,8000}(?:\r?\n[ \t]+[^\r\n]{0,2000})*)\r?\n"
)
_MOST_LINES = 200
_PARAMETER = re.compile(r";\s*([\w*-]{1,40})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;]*))")


def split_head(data: bytes, start: int = 0) -> tuple[dict[str, str], bytes]:
    """The headers by lower-case name, and the body behind them; no headers where none stand
    there."""
    headers: dict[str, str] = {}
    position = start
    for _ in range(_MOST_LINES):
        match = _LINE.match(data, position)
        if match is None:
            break
        headers[match[1].decode("ascii").lower()] = to_text(match[2]).strip()
        position = match.end()
    if data.startswith(b"\r\n", position):
        return headers, data[position + 2 :]
    if data.startswith(b"\n", position):
        return headers, data[position + 1 :]
    return (headers, b"") if position >= len(data) else ({}, data[start:])


def parameters(header: str) -> dict[str, str]:
    """The parameters of a header such as Content-Disposition, also RFC 5987's `filename*`."""
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(header):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        if name.endswith("*"):
            value = to_text(unquote_to_bytes(value.rpartition("'")[2]))
        found.setdefault(name.rstrip("*").lower(), value)
    return found
