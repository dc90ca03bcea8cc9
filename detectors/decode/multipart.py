"""Multipart bodies: form-data, related, mixed, batches of requests, in each other."""

import binascii
import quopri
import re

from detectors.decode import paths
from detectors.decode.base import Reason
from detectors.decode.headerblock import parameters, split_head
from detectors.decode.work import Place, Work

_OPENING = re.compile(rb"(?:\r?\n)*--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[\r\n]|[\w-]+:)")
_LINES = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE)
_MOST_PARTS = 2000


class MultipartDecoder:
    """Told by its first line and the headers after it; the boundary is taken from the bytes."""

    name = "multipart"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        boundary = _boundary(data, place.content_type)
        if boundary is None:
            return False
        parts = data.split(b"--" + boundary, _MOST_PARTS + 1)[1:]
        for number, part in enumerate(parts):
            if part.startswith(b"--"):
                break
            if work.spend(64):
                _add_part(part, number, place, work)
        return True


def _boundary(data: bytes, content_type: str) -> bytes | None:
    opening = _OPENING.match(data)
    if opening is not None:
        return opening[1]
    if "multipart/" not in content_type:
        return None
    line = _LINES.search(data)
    return line[1] if line is not None and b"\n" in data[line.end() :] else None


def _add_part(part: bytes, number: int, place: Place, work: Work) -> None:
    part = part.lstrip(b" \t").removeprefix(b"\r").removeprefix(b"\n")
    headers, body = split_head(part)
    body = body.removesuffix(b"\n").removesuffix(b"\r")
    told = parameters(headers.get("content-disposition", ""))
    name = told.get("name", "")
    step = paths.name(name or f"part{number}")
    keys = (*place.keys, *paths.parts(step.key)) if name else place.keys
    inner = place.inner(f"multipart:{step.written}", headers.get("content-type", "").lower())
    inner = inner._replace(keys=keys)
    if name and not step.is_field:
        work.leaf(f"{inner.path}>key", place.keys, name)
    if file_name := told.get("filename"):
        work.text(file_name, inner.inner("filename")._replace(keys=(*keys, "filename")))
    body = transferred(body, headers.get("content-transfer-encoding", ""), work)
    if body:
        work.open(body, inner)


def transferred(body: bytes, encoding: str, work: Work) -> bytes:
    """A part's body without its transfer encoding."""
    encoding = encoding.strip().lower()
    if encoding not in ("base64", "quoted-printable") or not work.grant(len(body)):
        return body
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        work.skip(Reason.CORRUPT, len(body))
        return b""
