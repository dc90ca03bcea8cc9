"""One sub-processor at a glance, on any index: what went to it, since when, from whom, how much."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from alerts.index.base import Index, Seen, Span
from alerts.index.compare import inventory
from detectors.distinct import Estimate


class CategoryUse(NamedTuple):
    """A data category that was sent: in how many flows and fields, of how many people."""

    category: str
    flows: int
    fields: int
    people: Estimate
    first: datetime
    last: datetime


class About(NamedTuple):
    """What the index knows of one sub-processor in some time; `alerts` counts them by status, all
    that there have been."""

    span: Span
    bytes: int
    services: list[Seen]
    destinations: list[Seen]
    categories: list[CategoryUse]
    violations: list[Seen]
    alerts: dict[str, int]


class _Times(TypedDict):
    since: datetime | None
    until: datetime | None


def of_subprocessor(name: str) -> str:
    """The query for what went to a sub-processor, whatever its name has in it."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'subprocessor:"{quoted}"'


def about(
    index: Index,
    subprocessor: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> About:
    """All there is on a sub-processor in some time."""
    query = of_subprocessor(subprocessor)
    times: _Times = {"since": since, "until": until}
    sent = index.top("flows", "subprocessor", query, measure="bytes", **times)
    return About(
        index.span("flows", query, **times),
        sum(size for _, size in sent),
        index.seen("flows", "service", query, **times),
        index.seen("flows", "destination", query, **times),
        _categories(index, query, times),
        index.seen("flows", "violation", query, **times),
        dict(index.top("alerts", "status", query)),
    )


def _categories(index: Index, query: str, times: _Times) -> list[CategoryUse]:
    people = index.subjects(query, **times)
    fields = [use.category for use in inventory(index, query, **times)]
    return [
        CategoryUse(
            one.value,
            one.records,
            fields.count(one.value),
            people.get(one.value, Estimate(0, 0, 0)),
            one.first,
            one.last,
        )
        for one in index.seen("flows", "category", query, **times)
    ]
