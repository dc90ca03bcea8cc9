"""The `Index` in Elasticsearch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from elasticsearch import Elasticsearch

from alerts.index.asked import ask
from alerts.index.base import Page, QueryError, Seen, Span, Timeline, What
from alerts.index.elastic.calls import Searcher
from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.layout import RECORD, Layout
from alerts.index.elastic.people import subjects
from alerts.index.elastic.read import Reader
from alerts.index.elastic.write import ElasticWriter
from alerts.index.writer import Entry, Indexed
from detectors.distinct import Estimate
from detectors.records import Alert, DeadLetter, Finding, Flow, PartialSum, decode


@dataclass(frozen=True, slots=True)
class ElasticIndex:
    """An `Index` in the indices of one layout.

    Its `add_` methods are for tools and tests: what they add can be searched when they return, and
    sums and findings must be added once. A runner writes through an `ElasticWriter`, by position.
    """

    client: Elasticsearch
    layout: Layout
    writer: ElasticWriter
    reader: Reader

    @classmethod
    def open(cls, config: ElasticConfig, client: Elasticsearch | None = None) -> Self:
        client, layout = client or config.connect(), Layout(config)
        writer = ElasticWriter(client, layout, refresh=True)
        return cls(client, layout, writer, Reader(Searcher(client), layout))

    def close(self) -> None:
        self.writer.close()

    def add_flows(self, flows: Sequence[Flow]) -> None:
        self._write(flows)

    def add_sums(self, sums: Sequence[PartialSum]) -> None:
        self._write(sums)

    def add_findings(self, findings: Sequence[Finding]) -> None:
        self._write(findings)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        self._write(alerts)

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self._write(letters)

    def _write(self, records: Sequence[Indexed]) -> None:
        rejected = self.writer.write([Entry(record, "", 0) for record in records])
        if rejected:
            raise ValueError(f"{len(rejected)} records were refused: {rejected[0].problem}")

    def search(
        self,
        what: What,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        after: str = "",
    ) -> Page:
        return self.reader.page(ask(what, query, since, until), query, limit, after)

    def alert(self, alert_id: str) -> Alert | None:
        if not alert_id:
            raise QueryError("which alert? Give its id, or as much of it as is unique")
        found = self.reader.searcher.search(
            self.layout.alias("alerts"),
            {
                "query": {"prefix": {"event.id": {"value": alert_id}}},
                "sort": [{"event.id": "asc"}],
                "size": 2,
                "source": [RECORD],
            },
        )["hits"]["hits"]
        alerts = [decode(Alert, hit["_source"][RECORD].encode()) for hit in found]
        if len(alerts) > 1 and alerts[0].id != alert_id:
            raise QueryError("several alerts have ids that start so: give more of it")
        return alerts[0] if alerts else None

    def top(
        self,
        what: What,
        field: str,
        query: str = "",
        *,
        measure: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[tuple[str, int]]:
        return self.reader.top(ask(what, query, since, until), field, measure, limit)

    def timeline(
        self,
        what: What,
        every: timedelta,
        query: str = "",
        *,
        by: str = "",
        measure: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 5,
    ) -> Timeline:
        asked = ask(what, query, since, until)
        return self.reader.timeline(asked, every, by, measure, limit)

    def span(
        self,
        what: What,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Span:
        return self.reader.span(ask(what, query, since, until))

    def seen(
        self,
        what: What,
        field: str,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[Seen]:
        return self.reader.seen(ask(what, query, since, until), field, limit)

    def subjects(
        self,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, Estimate]:
        return subjects(self.reader.searcher, self.layout, query, since, until)
