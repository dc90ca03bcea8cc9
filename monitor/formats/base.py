"""Input formats: other shapes of a record, turned into events."""

from typing import Protocol

from detectors.records import Event


class Format(Protocol):
    """Turns the bytes of one record into an event, or raises RecordError. Pure."""

    name: str

    def decode(self, data: bytes) -> Event: ...
