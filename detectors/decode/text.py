"""Text bodies, the telling of text from binary, and charsets."""

import codecs
import re

from detectors.decode.work import Place, Work

_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r\f\v\x1b"))
_TEXT = bytes(set(range(256)) - set(_CONTROLS))
_SAMPLE = 4096
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)")
_SHORT = 18
"""So few bytes may be valid UTF-8 by chance."""
_WIDE_SHARE = 0.7


def is_binary(data: bytes) -> bool:
    """Whether bytes are no text in any single-byte charset or UTF-8: more than one control
    character in 50 (random and compressed data have one in 8)."""
    sample = data[:_SAMPLE]
    return len(sample.translate(None, _TEXT)) * 50 > len(sample)


def is_plain_text(data: bytes) -> bool:
    """Whether bytes are surely text: UTF-8 without any control character. Short ones must be
    ASCII, since anything may be valid by chance."""
    if not data or data.translate(None, _TEXT) != b"":
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return len(data) >= _SHORT or (text.isascii() and b"\x1b" not in data)


def to_text(data: bytes, content_type: str = "") -> str:
    """UTF-8 where it is, else the declared charset, else Latin-1: e-mail addresses and numbers
    are the same in every charset that is met in practice."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _declared(data, content_type) or data.decode("latin-1")


def _declared(data: bytes, content_type: str) -> str | None:
    match = _CHARSET.search(content_type)
    if match is None:
        return None
    try:
        return str(data, match[1])
    except (LookupError, ValueError):
        return None


def from_wide(data: bytes) -> bytes:
    """UTF-16 and UTF-32 as UTF-8; any other bytes as they are. Without a byte order mark they are
    told by the zeros of their ASCII characters."""
    charset = next((name for bom, name in _BOMS if data.startswith(bom)), None) or _wide(data)
    if charset is None:
        return data
    try:
        return data.decode(charset, "replace").encode("utf-8", "replace")
    except ValueError:
        return data


def _wide(data: bytes) -> str | None:
    sample = data[:_SAMPLE]
    if b"\0" not in sample or len(data) % 2:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > _WIDE_SHARE * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > _WIDE_SHARE * half and odd == 0 else None


class TextDecoder:
    """The last resort: any text is one leaf."""

    name = "text"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if is_binary(data):
            return False
        add_text(to_text(data, place.content_type), place, work)
        return True


def add_text(text: str, place: Place, work: Work) -> None:
    """The whole of `text` as one leaf `...>text`, or what it holds below that."""
    work.inspected += len(text)
    if text:
        work.text(text, Place(f"{place.path}>text", place.keys, place.depth + 1))
