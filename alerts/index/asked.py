"""What somebody asked, checked: the records, the tests on them, the times; the same in each store.

Stores compile an `Asked`; they check nothing themselves, so that all refuse alike.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from alerts.index.base import QueryError, What
from alerts.index.fields import COLLECTIONS, Collection, Field
from alerts.index.nodes import And, Between, Match, Node
from alerts.index.query import find_field, parse
from alerts.index.values import micros

MAX_LIMIT = 10_000
"""Records of one page, or values of one field; more records are read page by page."""
MAX_WINDOWS = 2_000
"""Windows of one timeline."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


class Asked(NamedTuple):
    """Which records, and which of them."""

    collection: Collection
    node: Node
    since: int | None
    until: int | None
    """Microseconds since 1970; `since` is inclusive, `until` is not."""


def ask(what: What, query: str, since: datetime | None, until: datetime | None) -> Asked:
    """The question, or QueryError with what is wrong with it."""
    collection = COLLECTIONS.get(what)
    if collection is None:
        raise QueryError(f"there are no such records; choose from {', '.join(COLLECTIONS)}")
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise QueryError("since and until need a time zone (2026-01-31T12:00:00Z)")
    return Asked(
        collection,
        parse(collection, query),
        micros(since) if since else None,
        micros(until) if until else None,
    )


def whole(asked: Asked) -> Node:
    """The question as one tree, its times as a test like the others."""
    if asked.since is None and asked.until is None:
        return asked.node
    within = Between(asked.since, asked.until, include_high=False)
    return And((Match(asked.collection.time, within), asked.node))


def bounded(limit: int) -> int:
    """The limit, or QueryError."""
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"the limit must be between 1 and {MAX_LIMIT}; go on with `after`")
    return limit


def measured(collection: Collection, name: str) -> Field | None:
    """The field that a measure adds up; None where records are counted."""
    if not name:
        return None
    field = find_field(collection, name)
    if not field.adds_up:
        whole_numbers = [known.short for known in collection.fields if known.adds_up]
        raise QueryError(
            f"{field.name} cannot be added up; a measure is one of {', '.join(whole_numbers)}"
        )
    return field


class Windows(NamedTuple):
    """The windows of a timeline, in microseconds since 1970."""

    every: int
    first: int
    number: int

    def place(self, time: int) -> int:
        """The window that holds a time."""
        return (time - self.first) // self.every

    def starts(self) -> list[datetime]:
        return [moment(self.first + n * self.every) for n in range(self.number)]


def windows(every: timedelta, first: int, last: int) -> Windows:
    """All windows from the one that holds `first` to the one that holds `last`."""
    width = width_of(every)
    start, end = first // width, last // width
    if end - start >= MAX_WINDOWS:
        span = timedelta(microseconds=last - first)
        enough = timedelta(seconds=-(-span // MAX_WINDOWS // timedelta(seconds=1)) or 1)
        raise QueryError(
            f"more than {MAX_WINDOWS} windows: ask for a shorter time, or for windows of "
            f"{enough} or longer"
        )
    return Windows(width, start * width, end - start + 1)


def width_of(every: timedelta) -> int:
    """A window's width in microseconds; whole seconds only."""
    width = every // timedelta(microseconds=1)
    if width < _SECOND or width % _SECOND:
        raise QueryError("windows are whole seconds long: at least one (60s, 5m, 1h, 1d)")
    return width


def moment(time: int) -> datetime:
    """Microseconds since 1970 as a moment in UTC."""
    return _EPOCH + timedelta(microseconds=time)


def millisecond(time: int) -> datetime:
    """The same to the millisecond, as every store's aggregations keep it."""
    return moment(time // 1_000 * 1_000)


def shown(field: Field, value: str | int | float) -> str:
    """A value of a field as text; times come in microseconds since 1970."""
    match field.kind:
        case "bool":
            return "true" if value else "false"
        case "time":
            return moment(int(value)).isoformat().replace("+00:00", "Z")
        case _:
            return str(value)
