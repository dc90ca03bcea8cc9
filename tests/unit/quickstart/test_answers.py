from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from alerts.index.base import Page
from deploy.quickstart.answers import ask
from detectors.distinct import sketch
from detectors.records import PartialSum, Record, encode
from detectors.records.sums import ANY_CATEGORY
from tests.golden.test_quickstart_report import alert, finding

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def partial(category: str, values: int, subjects: Sequence[int]) -> PartialSum:
    return PartialSum(
        window=NOON,
        channel="egress",
        subprocessor="stripe",
        registered=True,
        category=category,
        values=values,
        subjects=sketch(subjects),
    )


class PagingIndex:
    """One record a page, as JSON objects."""

    def __init__(self, **records: Sequence[Record]) -> None:
        self._rows = {
            what.replace("_", "-"): [msgspec.json.decode(encode(one)) for one in many]
            for what, many in records.items()
        }

    def search(self, what: str, query: str = "", *, after: str = "", **_: Any) -> Page:
        rows = self._rows.get(what, [])
        place = int(after or 0)
        following = str(place + 1) if place + 1 < len(rows) else ""
        return Page(rows=rows[place : place + 1], total=len(rows), after=following)


def test_sums_of_all_pages_add_up_and_distinct_values_count_once() -> None:
    index = PagingIndex(
        sums=[
            partial("user.contact.email", 5, [1, 2, 3]),
            partial("user.contact.email", 4, [3, 4]),
            partial("user.name", 1, [1]),
            partial(ANY_CATEGORY, 9, [1, 2, 3, 4]),
        ]
    )
    answers = ask(index, 2.0)  # pyright: ignore[reportArgumentType] - only search is asked
    assert [(cell.category, cell.values, cell.subjects) for cell in answers.cells] == [
        ("user.contact.email", 9, 4),
        ("user.name", 1, 1),
    ]
    assert (answers.events, answers.dead_letters, answers.seconds) == (0, 0, 2.0)


def test_alerts_and_findings_come_back_as_records() -> None:
    said = ("volume-high", "stripe")
    alerts = [alert(*said, "low", "billing", NOON)]
    findings = [finding(*said, "low", "billing", NOON)]
    answers = ask(PagingIndex(alerts=alerts, findings=findings), 1.0)  # pyright: ignore[reportArgumentType] - only search is asked
    assert answers.alerts == tuple(alerts)
    assert answers.findings == tuple(findings)
