"""What a transaction has decided so far, in numbers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from detectors.anomaly.standing import FleetStanding
from detectors.windows import BEGINNING


@dataclass(slots=True)
class Tally:
    """A stage adds to it as it goes. It counts once the transaction commits, and is forgotten where
    it does not."""

    fresh: int = 0
    """Events in time for their window."""
    late: int = 0
    findings: int = 0
    alerts: int = 0
    """Alerts opened."""
    inspected: int = 0
    """Bytes."""
    uninspected: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter[str])
    """By reason."""
    reached: datetime = BEGINNING
    """Event time up to which the stage has come; the beginning where it does not know."""
    standing: FleetStanding | None = None
    """What is in force of the baselines, where the stage has any."""

    def clear(self) -> None:
        self.fresh = self.late = self.findings = self.alerts = 0
        self.inspected = self.uninspected = 0
        self.dead_letters.clear()
        self.reached = BEGINNING
        self.standing = None
