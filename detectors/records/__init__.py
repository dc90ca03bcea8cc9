"""The nouns: what goes in (events), what is said about it (flows, sums, findings), what is told.

Records are frozen msgspec structs; their JSON uses Elastic Common Schema names and
`egresswatch.*` for what ECS lacks. None but the two events ever holds personal data, and the
events' `repr` shows only their type and id.
"""

from detectors.records.alert import Alert, Command, HistoryEntry, Silence, Verdict
from detectors.records.base import Record, RecordError, decode, encode
from detectors.records.dead_letter import DeadLetter
from detectors.records.events import AccessEvent, EgressEvent, Event
from detectors.records.feedback import Feedback
from detectors.records.finding import Evidence, Finding
from detectors.records.flow import (
    CategoryCount,
    Channel,
    Flow,
    Suppressed,
    Uninspected,
    Violation,
)
from detectors.records.members import Members
from detectors.records.sums import PartialSum

__all__ = [
    "AccessEvent",
    "Alert",
    "CategoryCount",
    "Channel",
    "Command",
    "DeadLetter",
    "EgressEvent",
    "Event",
    "Evidence",
    "Feedback",
    "Finding",
    "Flow",
    "HistoryEntry",
    "Members",
    "PartialSum",
    "Record",
    "RecordError",
    "Silence",
    "Suppressed",
    "Uninspected",
    "Verdict",
    "Violation",
    "decode",
    "encode",
]
