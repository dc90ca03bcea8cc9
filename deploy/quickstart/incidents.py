"""What goes wrong in the quickstart's two weeks (`incidents.yaml`), and the truth about it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
from pydantic import Field

from detectors.rules import RuleId
from detectors.yamlfile import StrictModel, load

INCIDENTS_FILE = Path(__file__).parent / "incidents.yaml"

LAST_DAY = 14

Kind = Literal[
    "bulk-export",
    "new-category",
    "unregistered-destination",
    "plaintext",
    "weak-tls",
    "pii-in-url",
    "slow-leak",
    "silent-vendor",
]


class Incident(StrictModel):
    """One planned incident. Exactly one of `add`, `times`, `growth` and `silent` says how the
    traffic differs: so many requests more, so many times the usual rate, growing by this factor
    every day, or none at all."""

    id: str
    kind: Kind
    service: str
    to: str
    attributed: str = Field("", description="The sub-processor it is seen as, unless `to`")
    day: int = Field(ge=1, le=LAST_DAY)
    hour: float
    hours: float
    add: int = 0
    times: float = 0.0
    growth: float = 0.0
    silent: bool = False
    plaintext: bool = False
    tls: str = ""
    calls: list[str] = Field([])
    needs: list[str] = Field([])
    expect: list[RuleId]
    explains: list[RuleId] = Field([])
    says: str

    def window(self, until: datetime) -> tuple[datetime, datetime]:
        """When it begins and ends, if the last day ends at `until`."""
        start = until - timedelta(days=LAST_DAY + 1 - self.day) + timedelta(hours=self.hour)
        return start, min(until, start + timedelta(hours=self.hours))


class IncidentsFile(StrictModel):
    incidents: list[Incident]


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened, for comparison with what was found. `events` are the requests that
    the incident consists of; none for a silence."""

    id: str
    kind: Kind
    subprocessor: str
    service: str
    start: datetime
    end: datetime
    events: int
    expect: tuple[str, ...]
    explains: tuple[str, ...] = ()
    says: str


def load_incidents(path: Path = INCIDENTS_FILE) -> list[Incident]:
    """The planned incidents, in the order of their beginning."""
    return load(IncidentsFile, path.read_text("utf-8"), path.name).incidents


def truth_of(incident: Incident, until: datetime, events: int) -> Truth:
    start, end = incident.window(until)
    return Truth(
        id=incident.id,
        kind=incident.kind,
        subprocessor=incident.attributed or incident.to,
        service=incident.service,
        start=start,
        end=end,
        events=events,
        expect=tuple(incident.expect),
        explains=tuple(incident.explains),
        says=incident.says,
    )
