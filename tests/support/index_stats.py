"""What the numbers of an index should be, said in plain Python over the records' JSON."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.index.base import Seen, Span
from detectors.distinct import Estimate, estimate, merge
from detectors.records import Record
from tests.support.index_oracle import values

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(record: Record) -> int:
    (time,) = values(record, "@timestamp", "time")
    return time


def to_millisecond(time: int) -> datetime:
    return EPOCH + timedelta(milliseconds=time // 1_000)


def text(value: Any, kind: str) -> str:
    return str(value).lower() if kind == "bool" else str(value)


def span(records: list[Record]) -> Span:
    times = [time_of(record) for record in records]
    if not times:
        return Span(0)
    return Span(len(times), to_millisecond(min(times)), to_millisecond(max(times)))


def seen(records: list[Record], name: str, kind: str) -> list[Seen]:
    times: dict[str, list[int]] = {}
    for record in records:
        for value in set(values(record, name, kind)):
            times.setdefault(text(value, kind), []).append(time_of(record))
    return [
        Seen(value, len(some), to_millisecond(min(some)), to_millisecond(max(some)))
        for value, some in times.items()
    ]


def top(
    records: list[Record], name: str, kind: str, measure: str = "", measure_kind: str = "int"
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for record in records:
        amount = sum(values(record, measure, measure_kind)) if measure else 1
        for value in set(values(record, name, kind)):
            counts[text(value, kind)] += amount
    return counts


def timeline(
    records: list[Record], every: timedelta, name: str = "", kind: str = ""
) -> dict[str, dict[datetime, int]]:
    width = every // timedelta(microseconds=1)
    series: dict[str, Counter[datetime]] = {}
    for record in records:
        start = EPOCH + timedelta(microseconds=time_of(record) // width * width)
        found = {text(value, kind) for value in values(record, name, kind)} if name else {""}
        for value in found:
            series.setdefault(value, Counter())[start] += 1
    return {value: dict(counts) for value, counts in series.items()}


def subjects(sums: list[Any]) -> dict[str, Estimate]:
    sketches: dict[str, list[bytes]] = {}
    for one in sums:
        if one.subjects:
            sketches.setdefault(one.category, []).append(one.subjects)
    return {name: estimate(merge(*some)) for name, some in sketches.items()}
