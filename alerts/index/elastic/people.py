"""Distinct people from the sketches in Elasticsearch.

No aggregation merges our sketches, so they are fetched. To keep them few, sums are also kept added
up over all services and a whole day (`days`): a question on vendors, channels and categories reads
those for whole days, and the minutes only of the days that its bounds cut. Questions on anything
else read the minutes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from alerts.index.asked import MAX_LIMIT, Asked, ask, whole
from alerts.index.elastic.calls import Searcher
from alerts.index.elastic.layout import RECORD, Layout, Stored
from alerts.index.elastic.query import filter_of
from alerts.index.elastic.read import SORT
from alerts.index.nodes import And, Match, Node, Not, Or
from detectors.distinct import Estimate, estimate, merge
from detectors.records import PartialSum

DAY = 86_400_000_000

_OF_DAYS = {"egresswatch.channel", "egresswatch.subprocessor", "egresswatch.category"}
"""The fields that days have as minutes have them."""


class Slice(NamedTuple):
    """Which sums to read for which time; microseconds, `since` inclusive."""

    what: Stored
    since: int | None
    until: int | None


class _Sketch(msgspec.Struct):
    category: str = msgspec.field(name="egresswatch.category")
    subjects: bytes = msgspec.field(name="egresswatch.subjects", default=b"")


_sketch = msgspec.json.Decoder(_Sketch)


def of_day(part: PartialSum) -> PartialSum:
    """What a sum adds to its day, over all services."""
    return msgspec.structs.replace(
        part,
        window=part.window.replace(hour=0, minute=0),
        service="",
        registered=False,
        destinations=(),
        fields=(),
        regions=(),
        principals=(),
        traced=0,
        traces=b"",
        late=False,
    )


def subjects(
    searcher: Searcher,
    layout: Layout,
    query: str,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Estimate]:
    """See `Index.subjects`."""
    asked = ask("sums", query, since, until)
    sketches: dict[str, list[bytes]] = {}
    for part in slices(asked):
        question = asked._replace(since=part.since, until=part.until)
        for found in _sketches(searcher, layout.alias(part.what), question):
            if found.subjects:
                sketches.setdefault(found.category, []).append(found.subjects)
    return {name: estimate(merge(*some)) for name, some in sorted(sketches.items())}


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
        case Match(field, _):
            return field.name in _OF_DAYS


def _sketches(searcher: Searcher, alias: str, asked: Asked) -> Iterator[_Sketch]:
    body: dict[str, Any] = {
        "query": filter_of(whole(asked)),
        "size": MAX_LIMIT,
        "sort": SORT,
        "source": [RECORD],
        "track_total_hits": False,
    }
    while True:
        hits = searcher.search(alias, body)["hits"]["hits"]
        for hit in hits:
            yield _sketch.decode(hit["_source"][RECORD])
        if len(hits) < MAX_LIMIT:
            return
        body["search_after"] = hits[-1]["sort"]
