"""People of whole days: sketches added up over services and the day, so that a count over weeks
merges few of them. A question on vendors, channels and categories is answered from days, and from
the minutes only of the days that its bounds cut; questions on anything else read the minutes.
"""

from typing import Literal, NamedTuple

from alerts.index.asked import Asked
from alerts.index.nodes import And, Exists, Match, Node, Not, Or

DAY = 86_400_000_000
"""In microseconds."""

_OF_DAYS = {"egresswatch.channel", "egresswatch.subprocessor", "egresswatch.category"}
"""The fields that days have as minutes have them."""


class Slice(NamedTuple):
    """Which sums to read for which time; microseconds, `since` inclusive."""

    what: Literal["sums", "days"]
    since: int | None
    until: int | None


def slices(asked: Asked) -> list[Slice]:
    """Days where they answer, minutes where they must."""
    since, until = asked.since, asked.until
    if not _of_days(asked.node):
        return [Slice("sums", since, until)]
    first = None if since is None else -(-since // DAY) * DAY
    last = None if until is None else until // DAY * DAY
    if first is not None and last is not None and first >= last:
        return [Slice("sums", since, until)]
    edges = [
        *([Slice("sums", since, first)] if since != first else []),
        *([Slice("sums", last, until)] if until != last else []),
    ]
    return [Slice("days", first, last), *edges]


def _of_days(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return all(_of_days(part) for part in parts)
        case Not(part):
            return _of_days(part)
        case Match(_, Exists()):  # days have no missing values
            return False
        case Match(field, _):
            return field.name in _OF_DAYS
