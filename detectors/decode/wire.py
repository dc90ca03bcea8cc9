"""Protobuf's wire format, without any schema."""

import struct
from typing import NamedTuple

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MOST_FIELDS = 20_000
_HIGHEST_NUMBER = 50_000
_LONGEST_VARINT = 10


class Field(NamedTuple):
    """One field: its number, its wire type, and an integer or bytes."""

    number: int
    wire: int
    value: int | bytes


def fields(data: bytes, work_left: int) -> list[Field] | None:
    """The fields of a message; None where the bytes are none, or there are more than
    `work_left`."""
    found: list[Field] = []
    position, end = 0, len(data)
    most = min(_MOST_FIELDS, work_left)
    while position < end:
        if len(found) >= most:
            return None
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if position < 0 or not 0 < number <= _HIGHEST_NUMBER:
            return None
        value, position = _value(data, position, wire)
        if position < 0 or position > end:
            return None
        found.append(Field(number, wire, value))
    return found


def _value(data: bytes, position: int, wire: int) -> tuple[int | bytes, int]:
    if wire == VARINT:
        return _varint(data, position)
    if wire == LENGTH:
        size, position = _varint(data, position)
        if position < 0 or size > len(data) - position:
            return b"", -1
        return data[position : position + size], position + size
    if wire == FIXED64:
        return data[position : position + 8], position + 8
    if wire == FIXED32:
        return data[position : position + 4], position + 4
    return b"", -1


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(_LONGEST_VARINT):
        if position >= len(data):
            return 0, -1
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, position
    return 0, -1


def number(field: Field) -> float:
    """A field that is no text, as the likelier of an integer and a float."""
    if isinstance(field.value, int):
        return field.value
    if len(field.value) == 8:
        real = struct.unpack("<d", field.value)[0]
    else:
        real = struct.unpack("<f", field.value)[0]
    plausible = 1e-6 < abs(real) < 1e15 or real == 0
    return round(real, 9) if plausible else int.from_bytes(field.value, "little")
