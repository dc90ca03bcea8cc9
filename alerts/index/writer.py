"""How records get into an index that is not in the runner's own transaction: a batch in, an
acknowledgement out.

A runner keeps its position until a batch is acknowledged, and writes the batch again where it was
not: writing twice is like writing once. Flows and dead letters are told apart by id, alerts by id
and version; sets of people unite. Sums and findings are added up, so each entry says where it comes
from: what a source has given up to an offset is not added again.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from detectors.records import Alert, DeadLetter, Finding, Flow, Members, PartialSum

Indexed = Flow | PartialSum | Finding | Alert | DeadLetter
Written = Indexed | Members


class Entry(NamedTuple):
    """A record, and its place in the log it comes from. Places of one source only grow, and all
    that one key (or id) gets from one source comes in that order."""

    record: Written
    source: str
    """The log: a topic with its partition, or the name of a database."""
    offset: int


class Rejected(NamedTuple):
    """A record that the index will never take, with a code and a sentence without values."""

    entry: Entry
    reason: str
    problem: str


Cause = Literal["away", "busy", "blocked", "denied", "outdated"]
"""away: no answer. busy: it asks for patience (429, circuit breaker, shards missing). blocked: it
takes no writes (a full disk). denied: our credentials do not do. outdated: its mappings are of
another version."""


class IndexUnavailableError(Exception):
    """The index cannot take this batch now. Nothing is lost: keep it, wait, write it again."""

    def __init__(self, cause: Cause, problem: str, wait: float = 1.0) -> None:
        super().__init__(problem)
        self.cause: Cause = cause
        self.wait = wait
        """Seconds to wait before the next attempt; longer each time."""


class IndexWriter(Protocol):
    """Takes batches of records of any kinds."""

    def write(self, entries: Sequence[Entry]) -> list[Rejected]:
        """Returns when every record is durably in the index or rejected (those are returned).
        IndexUnavailableError means: perhaps some are, write all again later."""
        ...

    def close(self) -> None: ...
