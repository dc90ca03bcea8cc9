"""An operator's word that a sink works again: its dead deliveries are to be tried anew.

It goes into every partition of the topic of commands, since deliveries of one sink are in all of
them, under a key that no command of an analyst has.
"""

from datetime import datetime

import msgspec

from detectors.records import Record, encode
from monitor.runners.kafka.codec import Wire

_PREFIX = b"revive:"


class Revival(Record, frozen=True, kw_only=True):
    """What was dead when this was said becomes pending; what dies later stays dead."""

    at: datetime = msgspec.field(name="@timestamp")
    sink: str
    who: str = ""


def is_revival(key: bytes) -> bool:
    """Whether a record of the topic of commands with this key is one."""
    return key.startswith(_PREFIX)


def revival_wire(revival: Revival) -> Wire:
    """Its key and value."""
    return Wire(_PREFIX + revival.sink.encode(), encode(revival))
