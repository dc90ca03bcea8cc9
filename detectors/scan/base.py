"""The contract of everything that recognises personal data in a leaf."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from detectors.decode.base import Decoded, Leaf


class Hit:
    """One value recognised: `text[start:end]` of a leaf is an `entity`.

    `entity` is a Presidio entity name (`EMAIL_ADDRESS`) that the taxonomy maps to a data
    category. `score` is 0..1. `evidence` says what decided, in a word or two (`pattern`,
    `check-digit`, `key:email`), never the value. No repr of the value.
    """

    __slots__ = ("end", "entity", "evidence", "leaf", "score", "start")

    def __init__(
        self, leaf: Leaf, entity: str, start: int, end: int, score: float, evidence: str
    ) -> None:
        self.leaf = leaf
        self.entity = entity
        self.start = start
        self.end = end
        self.score = score
        self.evidence = evidence

    @property
    def value(self) -> str:
        """The personal data itself: for hashing and masking, never for a record or a message."""
        return self.leaf.text[self.start : self.end]

    def __repr__(self) -> str:
        return f"<Hit {self.entity} {self.score:.2f} by {self.evidence}>"


class Recogniser(Protocol):
    """Finds entities of one family in one leaf, by its keys and text alone, so that what it finds
    can be remembered. Stateless, and never raises on any text."""

    name: str
    entities: frozenset[str]

    def may_match(self, text: str) -> bool:
        """A cheap test with no false negatives: False only where `find` would find nothing."""
        ...

    def find(self, leaf: Leaf) -> Iterable[Hit]: ...


@runtime_checkable
class Reader(Protocol):
    """Finds what shows only in the whole request: siblings, prose, values known from elsewhere.

    Readers run in their registered order after the recognisers; each sees what was found before
    it. It returns further hits (or stronger ones for a span that has some). Never raises.
    """

    name: str
    entities: frozenset[str]

    def concerns(self, leaf: Leaf) -> bool:
        """A test of the leaf's keys and text alone, remembered; False only where `read` makes
        nothing of the leaf, whatever stands beside it. `read` is given the others."""
        ...

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterable[Hit]: ...


class Follower(Protocol):
    """A reader of what only follows from other findings: any leaf may be one, and without a
    finding there is none. Stands among the readers, and is asked for nothing in clean requests."""

    name: str
    entities: frozenset[str]

    def follow(self, decoded: Decoded, found: Sequence[Hit]) -> Iterable[Hit]: ...


class RequestScanner(Protocol):
    """Finds personal data in whole requests: what stages and measurements ask of a contract."""

    def scan(self, decoded: Decoded) -> Sequence[Hit]:
        """The hits in the order of the leaves, and of their places in each leaf."""
        ...

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        """What a field of a data set holds, by their names alone; None where they do not say."""
        ...
