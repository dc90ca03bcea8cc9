"""MessagePack, by its bytes: a container to begin with, and nothing left at the end."""

from datetime import datetime
from typing import cast

import msgspec

from detectors.decode.work import Place, Work

CONTAINERS = frozenset({*range(0x81, 0x90), *range(0x91, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF})
_decoder = msgspec.msgpack.Decoder(strict=False)


class MsgpackDecoder:
    """One MessagePack map or array."""

    name = "msgpack"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if data[0] not in CONTAINERS:
            return False
        try:
            document = _plain(_decoder.decode(data))
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError):
            return False
        work.inspected += len(data)
        work.walk(document, place.inner("msgpack:$"))
        return True


def _plain(value: object) -> object:
    """The document with what JSON has: text for keys and times."""
    if isinstance(value, dict):
        members = cast("dict[object, object]", value)
        return {_key(key): _plain(item) for key, item in members.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, msgspec.msgpack.Ext):
        return bytes(value.data)
    return value.isoformat() if isinstance(value, datetime) else value


def _key(key: object) -> str:
    return key if isinstance(key, str) else str(key)
