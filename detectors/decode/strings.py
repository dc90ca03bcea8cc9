"""What a string holds: JSON, base64, a JWT, an address with parameters, escapes, a table, SQL.

Most strings are none of it: a few tests of single characters must settle them.
"""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from detectors.decode import paths
from detectors.decode.base import BodyDecoder
from detectors.decode.csvtext import add_table
from detectors.decode.documents import embedded
from detectors.decode.jsonbody import NdjsonDecoder
from detectors.decode.mime import add_mail
from detectors.decode.msgpack import CONTAINERS, MsgpackDecoder
from detectors.decode.protobuf import ProtobufDecoder
from detectors.decode.sql import add_sql
from detectors.decode.text import is_plain_text, to_text
from detectors.decode.work import Place, Work
from detectors.decode.xmltext import XmlDecoder

MAY_HOLD = '{["<'
"""The first characters of documents in strings."""
PLAIN_LENGTH = 16
"""Shorter strings hold nothing else, unless they have one of these characters, or an escape."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{4,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}\s*")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])|.*=$", re.DOTALL)
_SURE_LENGTH = 24
_CLOSING = ("]", "}", '"')
_KEPT_RAW = 512
"""Longer base64 that holds no text is no token: it is not looked at again as text."""
_MAGICS = (
    b"--",
    b"x\x01",
    b"x\x5e",
    b"x\x9c",
    b"x\xda",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xfe",
    b"\xfe\xff",
)
_JWT = re.compile(r"(?:[Bb]earer +)?eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+=-]+)*?(;base64)?,", re.ASCII)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_BETWEEN = re.compile(r"[\s\"'<>]+")
_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]{1,20}://[^\s?]*\?[^\s=]+=\S*|/[^\s?]*\?[^\s=]+=\S*")
_XML = re.compile(r"<(?!html\b)(?:\?xml|[\w.-]+:[\w.-]+[\s>]|[\w.-]+ xmlns)")


def add_string(text: str, place: Place, work: Work) -> None:
    """A string as a leaf, or as the leaves of what it holds."""
    if work.too_deep(place) or not work.spend(len(text)):
        work.leaf(place.path, place.keys, text)
        return
    first = text[:1]
    if first in MAY_HOLD and _document(text, place, work):
        return
    if " " not in text:
        if len(text) >= PLAIN_LENGTH and _one_word(text, place, work):
            return
    elif (text[:6] in ("Bearer", "bearer") and _jwt(text, place, work)) or (
        "'" in text and add_sql(text, place, work)
    ):
        return
    if "\n" in text and (add_table(text, place, work) or add_mail(text, place, work)):
        return
    work.leaf(place.path, place.keys, text)
    if "%" in text and _ESCAPE.search(text) is not None:
        _unescape(text, place, work)


def _document(text: str, place: Place, work: Work) -> bool:
    """JSON or XML in a string; several lines of JSON as well."""
    if text[0] == "<":
        return _XML.match(text) is not None and _other(XmlDecoder(), text, place, work)
    last = text[-1] if not text[-1].isspace() else text.rstrip()[-1:]
    if last not in _CLOSING or (text[0] == '"' and text[1:2] not in ("{", "[")):
        return False
    if not work.grant(len(text)):
        return False
    document = embedded(text)
    if document is not None:
        work.walk(document, place.inner("json:$"))
        return True
    return ("}\n{" in text or "}\r\n{" in text) and _other(NdjsonDecoder(), text, place, work)


def _other(decoder: BodyDecoder, text: str, place: Place, work: Work) -> bool:
    """Hands the text to a decoder of bodies."""
    return work.grant(len(text)) and decoder.decode(text.encode("utf-8", "replace"), place, work)


def _one_word(text: str, place: Place, work: Work) -> bool:
    """What text without a space may hold."""
    if text.startswith("eyJ") and _jwt(text, place, work):
        return True
    if text.startswith("data:") and _data_url(text, place, work):
        return True
    if "?" in text and "=" in text and _ADDRESS.fullmatch(text) is not None:
        _address(text, place, work)
        return True
    return _base64(text, place, work)


def _jwt(text: str, place: Place, work: Work) -> bool:
    """The claims of a token; the token itself stays a leaf, since it is a secret."""
    match = _JWT.fullmatch(text)
    if match is None or not work.grant(len(text)):
        return False
    claims = _from_base64(match[1])
    document = embedded(to_text(claims)) if claims else None
    if document is None:
        return False
    work.leaf(place.path, place.keys, text)
    work.walk(document, place.inner("jwt:$"))
    return True


def _data_url(text: str, place: Place, work: Work) -> bool:
    match = _DATA_URL.match(text)
    if match is None or not work.grant(len(text)):
        return False
    content = text[match.end() :]
    data = _from_base64(content) if match[2] else unquote_to_bytes(content)
    if data is None:
        return False
    work.open(data, place.inner("base64" if match[2] else "urldecode", match[1] or ""))
    return True


def _base64(text: str, place: Place, work: Work) -> bool:
    """Base64 of either alphabet, where what comes out is text or a format known by its magic.
    Anything else stays a leaf while it is short enough for a token."""
    if not _may_be_base64(text) or not work.grant(len(text)):
        return False
    data = _from_base64(text)
    if not data:
        return False
    telling = is_plain_text(data) or data.startswith(_MAGICS)
    if telling or len(text) > _KEPT_RAW:
        work.open(data, place.inner("base64"))
        return True
    inner = place.inner("base64")
    return any(data[0] in first and decoder.decode(data, inner, work) for first, decoder in _TOLD)


_TOLD: tuple[tuple[frozenset[int], BodyDecoder], ...] = (
    (CONTAINERS, MsgpackDecoder()),
    (frozenset(b"\n\x12\x1a"), ProtobufDecoder()),
)
"""Binary formats that are sure enough of their own bytes, by the first of them."""


def _may_be_base64(text: str) -> bool:
    if _BASE64.fullmatch(text) is None or _HEX.fullmatch(text) is not None:
        return False
    return len(text) >= _SURE_LENGTH or _MIXED.match(text) is not None


def _from_base64(text: str) -> bytes | None:
    raw = text.translate(_TO_STANDARD)
    try:
        return base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


_TO_STANDARD = {ord("-"): "+", ord("_"): "/", ord("\r"): None, ord("\n"): None, ord(" "): None}


def _address(text: str, place: Place, work: Work) -> None:
    """An address by its parameters, each with its own key."""
    head, _, query = text.partition("?")
    work.leaf(place.path, place.keys, head)
    if "%" in head and _ESCAPE.search(head) is not None:
        _unescape(head, place, work)
    for pair in re.split("[&#;]", query):
        name, _, value = pair.partition("=")
        if not value:
            continue
        plain = to_text(unquote_to_bytes(value.replace("+", " "))) if "%" in value else value
        at = place if plain == value else place.inner("urldecode")
        key = paths.name(to_text(unquote_to_bytes(name)))
        add_string(plain, at._replace(keys=(*place.keys, *paths.parts(key.key))), work)


def _unescape(text: str, place: Place, work: Work) -> None:
    """The words with percent escapes in them, decoded."""
    words = [word for word in _BETWEEN.split(text) if "%" in word]
    plain = to_text(unquote_to_bytes(" ".join(words)))
    if work.grant(len(plain)):
        add_string(plain, place.inner("urldecode"), work)
