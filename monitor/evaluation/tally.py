"""Scores of records, added up so that they can be grouped in any way afterwards."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from detectors.decode import Decoded, field_path
from detectors.scan import Hit
from detectors.taxonomy import Taxonomy
from monitor.evaluation.labels import Labels, in_prose
from monitor.evaluation.reasons import why_false, why_missed
from monitor.evaluation.scoring import Value, Verdict, score_record

_POSITION = re.compile(r"\[\d+\]")


class Cell(NamedTuple):
    """What counts are kept by. `place` is the way to the fields: `body>gzip>json`."""

    vendor: str
    category: str
    place: str
    prose: bool


@dataclass(slots=True)
class Counts:
    """Values planted, found at their place, found anywhere; findings by verdict; records without
    anything planted, and those of them with a false finding."""

    planted: int = 0
    placed: int = 0
    anywhere: int = 0
    right: int = 0
    false: int = 0
    ambient: int = 0
    clean: int = 0
    flagged: int = 0

    def add(self, other: "Counts") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def recall(self) -> float | None:
        return _share(self.placed, self.planted)

    @property
    def recall_anywhere(self) -> float | None:
        return _share(self.anywhere, self.planted)

    @property
    def precision(self) -> float | None:
        return _share(self.right, self.right + self.false)

    @property
    def flagged_share(self) -> float | None:
        return _share(self.flagged, self.clean)


class Fault(NamedTuple):
    """A kind of miss or of false finding: what, in which field, and why."""

    category: str
    where: str
    reason: str


class Ambient(NamedTuple):
    """What looks like personal data and is not planted, by kind, and what was found on it."""

    values: int
    found: int
    entities: Counter[str]


@dataclass(slots=True)
class Tally:
    """The sum of what was added. Faults keep one example each: personal data, never stored."""

    taxonomy: Taxonomy
    records: int = 0
    bad: int = 0
    cells: dict[Cell, Counts] = field(default_factory=dict[Cell, Counts])
    misses: Counter[Fault] = field(default_factory=Counter[Fault])
    false: Counter[Fault] = field(default_factory=Counter[Fault])
    examples: dict[Fault, str] = field(default_factory=dict[Fault, str])
    ambient: dict[str, Ambient] = field(default_factory=dict[str, Ambient])

    def add(self, decoded: Decoded, hits: Sequence[Hit], labels: Labels) -> None:
        """Adds one record: what was found in it, against what is in it."""
        findings = [
            Value(self.taxonomy.common_name(hit.entity), hit.value, hit.leaf.path, hit.start)
            for hit in hits
        ]
        score = score_record(labels.truth, labels.ambient, findings)
        self.records += 1
        self._add_planted(labels, score.placed, score.anywhere, decoded, findings)
        self._add_findings(labels, score.verdicts, decoded, findings, hits)
        self._add_ambient(labels, score.ambient, findings)
        if not labels.truth:
            counts = self._counts(Cell(labels.vendor, "", "", prose=False))
            counts.clean += 1
            counts.flagged += Verdict.FALSE in score.verdicts

    def total(self, chosen: Callable[[Cell], bool] = lambda _: True) -> Counts:
        """The counts of the cells that are chosen, together."""
        total = Counts()
        for cell, counts in self.cells.items():
            if chosen(cell):
                total.add(counts)
        return total

    def _counts(self, cell: Cell) -> Counts:
        return self.cells.setdefault(cell, Counts())

    def _add_planted(
        self,
        labels: Labels,
        placed: Sequence[bool],
        anywhere: Sequence[bool],
        decoded: Decoded,
        findings: Sequence[Value],
    ) -> None:
        for cell, value, here, somewhere in zip(
            _cells(labels.vendor, labels.truth, decoded),
            labels.truth,
            placed,
            anywhere,
            strict=True,
        ):
            counts = self._counts(cell)
            counts.planted += 1
            counts.placed += here
            counts.anywhere += somewhere
            if not here:
                reason = why_missed(value, findings, decoded, somewhere=somewhere)
                self._fault(self.misses, value, reason)

    def _add_findings(
        self,
        labels: Labels,
        verdicts: Sequence[Verdict],
        decoded: Decoded,
        findings: Sequence[Value],
        hits: Sequence[Hit],
    ) -> None:
        cells = _cells(labels.vendor, findings, decoded)
        for cell, value, verdict, hit in zip(cells, findings, verdicts, hits, strict=True):
            counts = self._counts(cell)
            counts.right += verdict is Verdict.RIGHT
            counts.false += verdict is Verdict.FALSE
            counts.ambient += verdict is Verdict.AMBIENT
            if verdict is Verdict.FALSE:
                self._fault(self.false, value, why_false(value, labels.truth, hit.evidence))

    def _add_ambient(
        self, labels: Labels, found: Sequence[Sequence[int]], findings: Sequence[Value]
    ) -> None:
        for kind, on in zip(labels.kinds, found, strict=True):
            before = self.ambient.get(kind, Ambient(0, 0, Counter()))
            entities = before.entities + Counter(findings[at].category for at in on)
            self.ambient[kind] = Ambient(before.values + 1, before.found + bool(on), entities)

    def _fault(self, faults: Counter[Fault], value: Value, reason: str) -> None:
        fault = Fault(value.category, field_path(value.where), reason)
        faults[fault] += 1
        self.examples.setdefault(fault, value.value)


def _cells(vendor: str, values: Sequence[Value], decoded: Decoded) -> Iterator[Cell]:
    for value, prose in zip(values, in_prose(values, decoded.leaves), strict=True):
        yield Cell(vendor, value.category, _place(value.where), prose)


def _place(where: str) -> str:
    return _POSITION.sub("[*]", where.partition(":")[0])


def halves(vendors: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The vendors in two halves, the same ones every time: what is learnt from one half is judged
    on the other."""
    ordered = sorted(vendors)
    return frozenset(ordered[::2]), frozenset(ordered[1::2])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
