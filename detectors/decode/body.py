"""The request body: through its encodings to a format, with everything unread counted."""

import base64
import binascii
from collections.abc import Mapping

from detectors.decode.base import BodyDecoder, Reason
from detectors.decode.csvtext import CsvDecoder
from detectors.decode.encodings import all_known, encodings, expand
from detectors.decode.envelope import EnvelopeDecoder
from detectors.decode.form import FormDecoder
from detectors.decode.grpc import GrpcDecoder
from detectors.decode.headers import values
from detectors.decode.httptext import HttpDecoder
from detectors.decode.jsonbody import JsonDecoder, NdjsonDecoder
from detectors.decode.mime import MailDecoder
from detectors.decode.msgpack import MsgpackDecoder
from detectors.decode.multipart import MultipartDecoder
from detectors.decode.partial import PartialJsonDecoder
from detectors.decode.protobuf import ProtobufDecoder
from detectors.decode.strings import add_string
from detectors.decode.text import TextDecoder, from_wide
from detectors.decode.walk import walk
from detectors.decode.work import Place, Readers, Work
from detectors.decode.xmltext import XmlDecoder
from detectors.records.events import Body

BODY_DECODERS: tuple[BodyDecoder, ...] = (
    JsonDecoder(),
    EnvelopeDecoder(),
    NdjsonDecoder(),
    PartialJsonDecoder(),
    XmlDecoder(),
    MultipartDecoder(),
    HttpDecoder(),
    MailDecoder(),
    FormDecoder(),
    GrpcDecoder(),
    MsgpackDecoder(),
    ProtobufDecoder(),
    CsvDecoder(),
    TextDecoder(),
)
"""The formats of bodies, each asked in this order whether the bytes are its own."""


def add_body(body: Body, headers: Mapping[str, str | list[str]], work: Work) -> None:
    """The leaves of the captured body, under `body`."""
    data = _captured(body, work)
    if not data or not work.spend(len(data)):
        return
    content_type = ", ".join(values(headers, "content-type")).lower()
    declared = [name for value in values(headers, "content-encoding") for name in encodings(value)]
    declared += [name for value in values(headers, "grpc-encoding") for name in encodings(value)]
    add_data(data, Place("body", content_type=content_type), declared, work)


def add_data(data: bytes, place: Place, declared: list[str], work: Work) -> None:
    """The leaves of `data`, whatever it is encoded with; `declared` says how it may be."""
    data, place = expand(data, place, declared, work)
    data = from_wide(data)
    if not data:
        return
    if work.too_deep(place):
        work.skip(Reason.BUDGET_DEPTH, len(data))
    elif not any(decoder.decode(data, place, work) for decoder in BODY_DECODERS):
        work.skip(Reason.BINARY if all_known(declared) else Reason.UNKNOWN_ENCODING, len(data))


def _open(data: bytes, place: Place, work: Work) -> None:
    add_data(data, place, [], work)


READERS = Readers(open=_open, walk=walk, text=add_string)


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
