"""What the report needs of the index: read once, through the same search that everyone has."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from alerts.index.base import Index, What
from detectors.distinct import estimate, merge
from detectors.records import Alert, Finding, PartialSum, Record
from detectors.records.base import convert
from detectors.records.sums import ANY_CATEGORY

PAGE = 1000

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Cell:
    """One data category at one sub-processor."""

    subprocessor: str
    registered: bool
    category: str
    values: int
    subjects: int


@dataclass(frozen=True)
class Answers:
    """The run's result. `seconds` is how long the pipeline took for `events`."""

    cells: tuple[Cell, ...]
    alerts: tuple[Alert, ...]
    findings: tuple[Finding, ...]
    events: int
    dead_letters: int
    seconds: float


def ask(index: Index, seconds: float) -> Answers:
    """Reads everything the report shows."""
    return Answers(
        cells=tuple(_cells(_all(index, "sums", PartialSum))),
        alerts=tuple(_all(index, "alerts", Alert)),
        findings=tuple(_all(index, "findings", Finding)),
        events=index.search("flows", limit=1).total,
        dead_letters=index.search("dead-letters", limit=1).total,
        seconds=seconds,
    )


def _all(index: Index, what: What, kind: type[RecordT]) -> Iterator[RecordT]:
    after = ""
    while True:
        page = index.search(what, limit=PAGE, after=after)
        rows: list[dict[str, Any]] = page.rows
        for row in rows:
            yield convert(kind, row)
        after = page.after
        if not after:
            return


def _cells(sums: Iterator[PartialSum]) -> Iterator[Cell]:
    values: defaultdict[tuple[str, bool, str], int] = defaultdict(int)
    sketches: defaultdict[tuple[str, bool, str], list[bytes]] = defaultdict(list)
    for one in sums:
        if one.category != ANY_CATEGORY:
            key = (one.subprocessor, one.registered, one.category)
            values[key] += one.values
            sketches[key].append(one.subjects)
    for key, count in sorted(values.items()):
        yield Cell(*key, count, estimate(merge(*sketches[key])).value)
