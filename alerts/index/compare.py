"""Questions made of several others, on any index: two periods compared, what a vendor was sent."""

from datetime import datetime
from typing import NamedTuple

from alerts.index.asked import MAX_LIMIT
from alerts.index.base import Index, Seen, What


class Period(NamedTuple):
    """`since <= @timestamp < until`; None is no bound."""

    since: datetime | None
    until: datetime | None


class Change(NamedTuple):
    """What a value of a field counts in one period and in the other."""

    value: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


class FieldUse(NamedTuple):
    """A field path that carries a data category: in how many flows, the first and the last."""

    category: str
    field: str
    flows: int
    first: datetime
    last: datetime


def compare(
    index: Index,
    what: What,
    field: str,
    query: str = "",
    *,
    before: Period,
    after: Period,
    measure: str = "",
    limit: int = 20,
) -> list[Change]:
    """The values of a field that changed most between two periods, the largest change first.

    Exact as long as the field has at most MAX_LIMIT values in each period.
    """
    counts = [
        dict(
            index.top(
                what,
                field,
                query,
                measure=measure,
                since=period.since,
                until=period.until,
                limit=MAX_LIMIT,
            )
        )
        for period in (before, after)
    ]
    changes = [
        Change(value, counts[0].get(value, 0), counts[1].get(value, 0))
        for value in counts[0].keys() | counts[1].keys()
    ]
    changes.sort(key=lambda change: (-abs(change.difference), change.value))
    return changes[:limit]


def inventory(
    index: Index,
    query: str = "",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_LIMIT,
) -> list[FieldUse]:
    """Every field path with the category it carries, in the flows that match; by category, the
    most frequent first."""
    found = index.seen("flows", "inventory", query, since=since, until=until, limit=limit)
    uses = [_use(one) for one in found]
    return sorted(uses, key=lambda use: (use.category, -use.flows, use.field))


def _use(one: Seen) -> FieldUse:
    category, _, field = one.value.partition(" ")
    return FieldUse(category, field, one.records, one.first, one.last)
