"""Distinct people from the sketches in Elasticsearch.

No aggregation merges our sketches, so they are fetched; to keep them few, whole days are kept too
(see `alerts.index.days`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from alerts.index.asked import MAX_LIMIT, Asked, ask, whole
from alerts.index.days import slices
from alerts.index.elastic.calls import Searcher
from alerts.index.elastic.layout import RECORD, Layout
from alerts.index.elastic.query import filter_of
from alerts.index.elastic.read import SORT
from detectors.distinct import Estimate, estimate, merge
from detectors.records import PartialSum


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
