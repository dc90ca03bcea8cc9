"""The request body: through its encodings to a format, with everything unread counted."""

import base64
import binascii
from collections.abc import Mapping

from detectors.decode.base import BodyDecoder, Reason
from detectors.decode.encodings import all_known, encodings, expand
from detectors.decode.form import FormDecoder
from detectors.decode.headers import values
from detectors.decode.jsonbody import JsonDecoder, NdjsonDecoder
from detectors.decode.partial import PartialJsonDecoder
from detectors.decode.text import TextDecoder
from detectors.decode.work import Place, Work
from detectors.records.events import Body

BODY_DECODERS: tuple[BodyDecoder, ...] = (
    JsonDecoder(),
    NdjsonDecoder(),
    PartialJsonDecoder(),
    FormDecoder(),
    TextDecoder(),
)
"""The formats of bodies, each asked in this order whether the bytes are its own."""


def add_body(body: Body, headers: Mapping[str, str | list[str]], work: Work) -> None:
    """The leaves of the captured body, under `body`."""
    data = _captured(body, work)
    if not data:
        return
    declared = [name for value in values(headers, "content-encoding") for name in encodings(value)]
    content_type = ", ".join(values(headers, "content-type")).lower()
    place = Place("body", content_type=content_type)
    data, place = expand(data, place, declared, work)
    decode_data(data, place, work, otherwise=_unread(declared))


def decode_data(
    data: bytes, place: Place, work: Work, *, otherwise: Reason = Reason.BINARY
) -> None:
    """Hands `data` to the first decoder that knows it; counts it as `otherwise` where none does.

    This is also the way back in for decoders that find another format inside their own.
    """
    if work.too_deep(place):
        work.skip(Reason.BUDGET_DEPTH, len(data))
    elif not any(decoder.decode(data, place, work) for decoder in BODY_DECODERS):
        work.skip(otherwise, len(data))


def _unread(declared: list[str]) -> Reason:
    return Reason.BINARY if all_known(declared) else Reason.UNKNOWN_ENCODING


def _captured(body: Body, work: Work) -> bytes:
    """The bytes that were captured, within the budget; those that were not are counted."""
    data = _content(body, work)
    if body.truncated:
        work.skip(Reason.TRUNCATED_CAPTURE, max(1, (body.bytes or 0) - len(data)))
    room = work.room()
    work.skip(Reason.BUDGET_BYTES, len(data) - room)
    data = data[:room]
    work.grant(len(data))
    return data


def _content(body: Body, work: Work) -> bytes:
    if body.encoding == "utf-8":
        return body.content.encode("utf-8", "replace")
    try:
        return base64.b64decode(body.content)
    except (binascii.Error, ValueError):
        work.skip(Reason.CORRUPT, len(body.content))
        return b""
