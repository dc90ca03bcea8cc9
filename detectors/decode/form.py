"""URL-encoded forms, in bodies and in query strings."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from detectors.decode import paths
from detectors.decode.text import to_text
from detectors.decode.work import Place, Work

_PAIRS = re.compile(rb"[\w.$%+*-][\w.$%+*\[\]-]*=[^\s&=<>{}\"]*(?:&[^\s&=]*(?:=[^\s&]*)?)*\s*")


class FormDecoder:
    """`a=1&b=2`: told by its look, or by the content type where the look says nothing."""

    name = "form"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        declared = "x-www-form-urlencoded" in place.content_type
        if not (declared and b"=" in data) and _PAIRS.fullmatch(data) is None:
            return False
        work.inspected += len(data)
        for key, value in pairs(data):
            add_pair(key, value, place.inner(f"form:{paths.name(key).written}"), work)
        return True


def pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """The decoded names and values, in order."""
    for pair in data.strip(b"\r\n").split(b"&"):
        key, _, value = pair.partition(b"=")
        if key or value:
            yield unescape(key), unescape(value)


def unescape(data: bytes) -> str:
    """Form decoding: `+` is a space, `%E9` a byte, and the bytes are UTF-8 or Latin-1."""
    if b"+" in data:
        data = data.replace(b"+", b" ")
    return to_text(unquote_to_bytes(data) if b"%" in data else data)


def add_pair(key: str, value: str, place: Place, work: Work) -> None:
    """The value as a leaf; the name as well, where it looks like data."""
    step = paths.name(key)
    if key and not step.is_field:
        work.leaf(f"{place.path}>key", place.keys, key)
    if value:
        work.text(value, place._replace(keys=(*place.keys, *paths.parts(step.key))))
