"""Sets of fingerprints, and the audit of who asked them, in Elasticsearch.

Two kinds of documents beside the searchable ones, under strict mappings of their own, which no
search reaches: `members` (a part of a set, see `parts`) and `audit` (a question; written before it
is answered, never overwritten or deleted). Roles tell them apart: the writer cannot read members,
the reader of flows and alerts sees neither, and who may ask people may add to the audit and change
nothing (`deploy/elastic/roles.json`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from uuid import uuid4

import msgspec
from elasticsearch import Elasticsearch

from alerts.index.asked import millisecond
from alerts.index.elastic.calls import Searcher, translated
from alerts.index.elastic.homes import Homes
from alerts.index.elastic.layout import Layout
from alerts.index.elastic.plain import PLAIN, Plain
from alerts.index.elastic.query import filter_of
from alerts.index.fields import FLOWS
from alerts.index.members import Asked, Lookup, looked_up
from alerts.index.nodes import EVERYTHING, Between, Match
from alerts.index.values import micros
from detectors.membership import SetName, set_of
from detectors.pseudonym import Pseudonymiser
from detectors.records import Members, Record

PAGE = 200
"""Documents of one answer: parts of up to some 60 KB."""


class Question(Record, frozen=True, kw_only=True):
    """A line of the audit as a document."""

    at: str = msgspec.field(name="@timestamp")
    who: str = msgspec.field(name="user.name")
    reason: str = msgspec.field(name="event.reason")
    subject: str = msgspec.field(name="egresswatch.subject")
    since: str = msgspec.field(name="egresswatch.since", default="")
    until: str = msgspec.field(name="egresswatch.until", default="")


@dataclass(frozen=True, slots=True)
class ElasticMembers:
    """A `MemberStore` to ask; an `ElasticWriter` adds to it."""

    client: Elasticsearch
    layout: Layout

    def audit(self, entry: Asked) -> None:
        """Writes down who asks what, and why; durable, and to be read, when this returns."""
        at = datetime.fromisoformat(entry.at)
        home = Homes(self.client, self.layout).ensure("audit", at)
        name = uuid4().hex
        document = {"event.id": name, **msgspec.to_builtins(Question(**entry._asdict()))}
        with translated():
            self.client.create(index=home, id=name, document=document, refresh=True)

    def audited(self) -> list[Asked]:
        """All questions, the oldest first."""
        found = self._documents("audit", filter_of(EVERYTHING))
        questions = (msgspec.convert(one, type=Question) for one in found)
        return [Asked(*msgspec.structs.astuple(one)) for one in questions]

    def lookup(
        self,
        value: str,
        keys: Mapping[str, Pseudonymiser],
        since: date | None = None,
        until: date | None = None,
    ) -> Lookup:
        """See `MemberStore.lookup`."""
        days = Between(_midnight(since), _midnight(until), include_high=False)
        found = self._documents("members", filter_of(Match(FLOWS.time, days)))
        return looked_up(value, keys, _by_set(msgspec.convert(one, type=Members) for one in found))

    def period(self) -> tuple[date, date] | None:
        """See `MemberStore.period`."""
        ends = {name: {name: {"field": "@timestamp"}} for name in ("min", "max")}
        body = {"size": 0, "aggregations": ends}
        answer = Searcher(self.client).search(self.layout.alias("members"), body)
        found = answer.get("aggregations", {})  # none where there is no index yet
        first, last = (found.get(name, {}).get("value") for name in ends)
        return (_day(first), _day(last)) if first is not None and last is not None else None

    def _documents(self, what: Plain, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The documents as they were written, the oldest first, parts of one set together."""
        body: dict[str, Any] = {
            "query": query,
            "size": PAGE,
            "sort": PLAIN[what].sort,
            "track_total_hits": False,
        }
        while True:
            hits = Searcher(self.client).search(self.layout.alias(what), body)["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < PAGE:
                return
            body["search_after"] = hits[-1]["sort"]


def _by_set(
    members: Iterable[Members],
) -> Iterator[tuple[SetName, Callable[[], list[bytes]]]]:
    for name, some in groupby(members, set_of):
        parts = [one.prints for one in some]
        yield name, lambda parts=parts: parts


def _day(milliseconds: float) -> date:
    return millisecond(int(milliseconds) * 1_000).date()


def _midnight(day: date | None) -> int | None:
    return None if day is None else micros(datetime.combine(day, time.min, UTC))
