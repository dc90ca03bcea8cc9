"""All requests of a service, where a feed sums its categories alone.

Silences, destinations and what requests are made of are judged on the sum of all requests. A feed
of this program has one of every service in every minute; others may know only categories. Then as
many requests are taken as the fullest category of the minute has: that many there were at least.
"""

from collections.abc import Iterable, Sequence
from functools import reduce

import msgspec
import numpy as np

from detectors.anomaly.rows import Index, Rows
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import merge_names


def lacking(rows: Rows, at: Index, parts: Sequence[PartialSum], room: int) -> list[PartialSum]:
    """The sums of all requests that a minute's `parts`, of rows `at`, come without; of parts that
    have no row (-1) none, and of at most `room` services that never had one: no key must make room
    for what is made here."""
    service, placed = rows.group["service"], at[at >= 0]
    has = np.zeros(int(service[: rows.used].max(initial=0)) + 1, np.bool_)
    has[service[placed[rows.whole[placed]]]] = True
    alone = np.nonzero((at >= 0) & ~has[service[at]])[0]
    if not len(alone):
        return []  # as in every feed of this program
    has[service[rows.of_all()]] = True  # at other times
    found: dict[int, list[PartialSum]] = {}
    for one in alone.tolist():
        if room > 0 or has[service[at[one]]]:
            found.setdefault(int(service[at[one]]), []).append(parts[one])
    for number in [number for number in found if not has[number]][max(room, 0) :]:
        del found[number]
    return [_whole(some) for some in found.values()]


def _whole(parts: Iterable[PartialSum]) -> PartialSum:
    return reduce(_both, (_alone(part) for part in parts))


def _alone(part: PartialSum) -> PartialSum:
    return msgspec.structs.replace(
        part, category=ANY_CATEGORY, values=0, subjects=b"", fields=(), traced=0, traces=b""
    )


def _both(a: PartialSum, b: PartialSum) -> PartialSum:
    return msgspec.structs.replace(
        a,
        registered=a.registered or b.registered,
        events=max(a.events, b.events),
        size=max(a.size, b.size),
        destinations=merge_names(a.destinations, b.destinations),
    )
