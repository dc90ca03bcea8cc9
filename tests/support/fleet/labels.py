"""What is true of a fleet: its incidents, and what only looks like one."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Incident:
    """Something that has to be found, and until when.

    `size` is the factor, share or count that the kind is about. `deadline` is the last moment at
    which a finding still counts as in time, after `end` where it takes that long to be sure.
    `hourly` is what the stream usually sends in the hours concerned.
    """

    kind: str
    size: float
    subprocessor: str
    service: str
    category: str
    start: datetime
    end: datetime
    deadline: datetime
    hourly: float
    channel: str = "egress"


@dataclass(frozen=True)
class Benign:
    """A harmless change; a finding about it is a false alarm. `subprocessor` "" is the fleet."""

    kind: str
    subprocessor: str
    start: datetime
    end: datetime
