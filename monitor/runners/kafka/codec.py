"""Records of the stream as bytes, and which partition of a keyed topic they belong to."""

from typing import NamedTuple, TypeVar
from zlib import crc32

from detectors.membership import set_of
from detectors.records import (
    Alert,
    Command,
    DeadLetter,
    Feedback,
    Finding,
    Flow,
    Members,
    PartialSum,
    Record,
    decode,
    encode,
)
from detectors.windows import key_of
from monitor.stages.watermarks import SourceMark

RecordT = TypeVar("RecordT", bound=Record)

MARK_PREFIX = b"mark:"
"""Begins the keys of marks in the topic of sums; a sum's key begins with its channel."""
FEEDBACK_PREFIX = b"feedback:"
"""Begins the keys of analysts' verdicts there."""


class Wire(NamedTuple):
    """A record as it goes into a topic."""

    key: bytes
    value: bytes | None


def partition_of(key: str, partitions: int) -> int:
    """Where a key lives. Part of the stored state's contract: it must never change, and so it does
    not depend on a client's default partitioner."""
    return crc32(key.encode()) % partitions


def wire(
    record: Flow
    | PartialSum
    | Members
    | Finding
    | Alert
    | Command
    | DeadLetter
    | SourceMark
    | Feedback,
) -> Wire:
    """A record's key and value."""
    match record:
        case Flow():  # by far the most
            key = record.id.encode()
        case PartialSum():
            *names, window, late = key_of(record)
            key = "|".join([*map(str, names), window.isoformat(), str(int(late))]).encode()
        case Members():
            key = "|".join(set_of(record)).encode()
        case SourceMark():
            key = MARK_PREFIX + record.source.encode()
        case Feedback():
            key = FEEDBACK_PREFIX + record.alert.encode()
        case Command():
            key = (record.silence.id if record.silence else record.alert).encode()
        case _:
            key = record.id.encode()
    return Wire(key, encode(record))


def of_sums(key: bytes, value: bytes) -> PartialSum | SourceMark | Feedback:
    """A record of the topic of sums."""
    if key.startswith(FEEDBACK_PREFIX):
        return decode(Feedback, value)
    return decode(SourceMark if key.startswith(MARK_PREFIX) else PartialSum, value)
