"""Pages of records, and counts, from Elasticsearch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from alerts.index.asked import (
    MAX_LIMIT,
    Asked,
    Windows,
    bounded,
    measured,
    millisecond,
    shown,
    whole,
    width_of,
    windows,
)
from alerts.index.base import Page, Seen, Span, Timeline
from alerts.index.elastic.calls import Searcher
from alerts.index.elastic.documents import row_of
from alerts.index.elastic.layout import KEY, RECORD, Layout, time_text
from alerts.index.elastic.query import filter_of
from alerts.index.elastic.seen import MOST_VALUES, TIMES, ends
from alerts.index.fields import Field
from alerts.index.paging import Place, place_of, question, token_of
from alerts.index.query import find_field
from alerts.index.values import micros
from alerts.index.writer import IndexUnavailableError

Body = dict[str, Any]

SORT: list[Body] = [
    {"@timestamp": {"order": "desc", "format": "strict_date_optional_time_nanos"}},
    {KEY: {"order": "desc"}},
]
"""Newest first; of one moment, in the order of ids. Each record has its place whatever arrives."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Questions to the aliases of one layout."""

    searcher: Searcher
    layout: Layout

    def page(self, asked: Asked, query: str, limit: int, after: str) -> Page:
        """See `Index.search`."""
        fingerprint = question(asked.collection.what, query)
        place = place_of(after, fingerprint) if after else None
        body: Body = {
            "size": bounded(limit) + 1,
            "sort": SORT,
            "source": [RECORD],
            "track_total_hits": place is None,
        }
        if place is not None:
            body["search_after"] = [time_text(place.time), str(place.seq)]
        answer = self._ask(asked, body)
        hits = answer["hits"]["hits"]
        total = answer["hits"]["total"]["value"] if place is None else place.total
        rows = [row_of(hit["_source"]) for hit in hits[:limit]]
        if len(hits) <= limit:
            return Page(rows=rows, total=total)
        time, key = hits[limit - 1]["sort"]
        last = Place(time=_micros_of(time), seq=key, total=total, asked=fingerprint)
        return Page(rows=rows, total=total, after=token_of(last))

    def top(self, asked: Asked, field_name: str, measure: str, limit: int) -> list[tuple[str, int]]:
        """See `Index.top`. Exact while no index has more than MAX_LIMIT values of the field."""
        field = find_field(asked.collection, field_name)
        added = measured(asked.collection, measure)
        buckets = self._values(asked, field, _amount(added), bounded(limit), by_amount=bool(added))
        return [(_text(field, bucket), _count(bucket)) for bucket in buckets]

    def seen(self, asked: Asked, field_name: str, limit: int) -> list[Seen]:
        """See `Index.seen`."""
        field = find_field(asked.collection, field_name)
        # findings and alerts are in indices by another time than the one that is asked for
        dated = asked.collection.what == "flows" and field.kind in {"name", "dotted", "id", "prose"}
        buckets = self._seen_in_some(asked, field, limit) if dated and limit <= MOST_VALUES else []
        return [
            Seen(
                _text(field, bucket),
                bucket["doc_count"],
                _moment(bucket["first"]["value"]),
                _moment(bucket["last"]["value"]),
            )
            for bucket in buckets or self._values(asked, field, TIMES, bounded(limit))
        ]

    def _seen_in_some(self, asked: Asked, field: Field, limit: int) -> list[Body]:
        """The values with their times, from the indices that hold those; none where that fails."""
        found = self._values(asked, field, {}, bounded(limit))
        if not found:
            return []
        values = [bucket["key"] for bucket in found]
        times = ends(partial(self._some, asked), self.layout.home, field, values)
        if len(times) < len(values):
            return []
        return [{**times[bucket["key"]], **bucket} for bucket in found]

    def span(self, asked: Asked) -> Span:
        """See `Index.span`."""
        answer = self._ask(asked, {"size": 0, "track_total_hits": True, "aggregations": TIMES})
        total = answer["hits"]["total"]["value"]
        if not total:
            return Span(0)
        first, last = (answer["aggregations"][name]["value"] for name in ("first", "last"))
        return Span(total, _moment(first), _moment(last))

    def timeline(
        self, asked: Asked, every: timedelta, by: str, measure: str, limit: int
    ) -> Timeline:
        """See `Index.timeline`."""
        field = find_field(asked.collection, by) if by else None
        added = measured(asked.collection, measure)
        width_of(every)
        span = self.span(asked)
        if span.first is None or span.last is None:
            return Timeline(every=every, starts=[], series={})
        frame = windows(every, micros(span.first), micros(span.last))
        histogram = _histogram(frame, added)
        if field is None:
            answer = self._ask(asked, {"size": 0, "aggregations": {"windows": histogram}})
            found = {"": answer["aggregations"].get("windows", {"buckets": []})}
        else:
            found = self._series(asked, field, added, histogram, bounded(limit))
        series = {name: _filled(frame, one["buckets"]) for name, one in found.items()}
        return Timeline(every=every, starts=frame.starts(), series=series)

    def _series(
        self, asked: Asked, field: Field, added: Field | None, histogram: Body, limit: int
    ) -> dict[str, Any]:
        """The windows of the most frequent values, by value."""
        top = self._values(asked, field, _amount(added), limit, by_amount=bool(added))
        if not top:
            return {}
        filters = {
            str(n): {"term": {field.name: bucket.get("key_as_string", bucket["key"])}}
            for n, bucket in enumerate(top)
        }
        aggregation = {"filters": {"filters": filters}, "aggregations": {"windows": histogram}}
        answer = self._ask(asked, {"size": 0, "aggregations": {"series": aggregation}})
        found = answer["aggregations"]["series"]["buckets"]
        return {_text(field, bucket): found[str(n)]["windows"] for n, bucket in enumerate(top)}

    def _values(
        self, asked: Asked, field: Field, inner: Body, limit: int, *, by_amount: bool = False
    ) -> list[Body]:
        terms: Body = {
            "field": field.name,
            "size": limit,
            "shard_size": MAX_LIMIT,
            "order": [{"amount" if by_amount else "_count": "desc"}, {"_key": "asc"}],
        }
        aggregation: Body = {"terms": terms, **({"aggregations": inner} if inner else {})}
        answer = self._ask(asked, {"size": 0, "aggregations": {"values": aggregation}})
        return answer.get("aggregations", {}).get("values", {}).get("buckets", [])

    def _some(self, asked: Asked, aggregations: Body, indices: Sequence[str]) -> Body:
        """Aggregations over some indices; over all where none is named."""
        within = [{"terms": {"_index": list(indices)}}] if indices else []
        query = {"bool": {"filter": [filter_of(whole(asked)), *within]}}
        body = {"query": query, "size": 0, "aggregations": aggregations}
        answer = self.searcher.search(self.layout.alias(asked.collection.what), body)
        if "aggregations" not in answer:
            raise IndexUnavailableError("busy", "indices were deleted meanwhile: ask again")
        return answer["aggregations"]

    def _ask(self, asked: Asked, body: Body) -> Body:
        alias = self.layout.alias(asked.collection.what)
        return self.searcher.search(alias, {"query": filter_of(whole(asked)), **body})


def _histogram(frame: Windows, added: Field | None) -> Body:
    histogram: Body = {
        "date_histogram": {
            "field": "@timestamp",
            "fixed_interval": f"{frame.every // 1_000_000}s",
            "min_doc_count": 1,
        }
    }
    inner = _amount(added)
    return {**histogram, "aggregations": inner} if inner else histogram


def _amount(added: Field | None) -> Body:
    return {"amount": {"sum": {"field": added.name}}} if added else {}


def _count(bucket: Body) -> int:
    return int(bucket["amount"]["value"]) if "amount" in bucket else bucket["doc_count"]


def _filled(frame: Windows, buckets: Iterable[Body]) -> list[int]:
    counts = [0] * frame.number
    for bucket in buckets:
        counts[frame.place(int(bucket["key"]) * 1_000)] = _count(bucket)
    return counts


def _text(field: Field, bucket: Body) -> str:
    if field.kind == "time":
        return shown(field, _micros_of(bucket["key_as_string"]))
    return shown(field, bucket["key"])


def _micros_of(text: str) -> int:
    """date_nanos as text; ours have no nanoseconds below the microsecond."""
    return micros(datetime.fromisoformat(text).astimezone(UTC))


def _moment(milliseconds: float) -> datetime:
    return millisecond(int(milliseconds) * 1_000)
