"""What the baseline stage remembers: open minutes, the running hour of each key, its models."""

from datetime import datetime

import msgspec

from detectors.anomaly.silence import Silence
from detectors.windows import BEGINNING

Key = tuple[str, str, str, str]
"""(channel, sub-processor, service, category): what has a baseline of its own."""

VERSION = 2


class Progress(msgspec.Struct):
    """How far event time has been folded into the models."""

    version: int = VERSION
    closed_until: datetime = BEGINNING
    """Every minute before this one is folded in; what comes for it later is late."""
    hour: datetime = BEGINNING
    """The hour that is being added up; all before it are learnt."""
    active: set[datetime] = set()
    """The hours from `hour` on in which the feed had an event."""
    late_events: int = 0
    refused_keys: int = 0
    """Keys beyond the bound on their number: counted in the index, but without a baseline."""


class RunningHour(msgspec.Struct):
    """What the hour under way holds for one key, and what has been reported of it."""

    registered: bool = False
    events: int = 0
    values: int = 0
    subjects: bytes = b""
    destinations: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    reported: dict[str, float] = {}
    """By metric: the number last put into a finding."""
    silence: Silence | None = None
    """The quiet hours before this one, where there were any."""


class Acquaintance(msgspec.Struct):
    """Which categories one (channel, sub-processor) has been seen with, and since when."""

    since: datetime
    categories: dict[str, datetime] = {}


class Changes:
    """What has to be stored anew."""

    __slots__ = ("hours", "known", "models", "sums")

    def __init__(self) -> None:
        self.sums: set[tuple[datetime, Key]] = set()
        """Sums of minutes that the watermark has not passed, or has passed now."""
        self.hours: set[Key] = set()
        self.known: set[tuple[str, str]] = set()
        self.models: set[tuple[Key, str]] = set()

    def clear(self) -> None:
        for changed in (self.sums, self.hours, self.known, self.models):
            changed.clear()
