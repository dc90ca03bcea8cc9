"""The index: what investigators search. One contract, one test suite, every store."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from detectors.distinct import Estimate
from detectors.records import Alert, DeadLetter, Finding, Flow, PartialSum

What = Literal["flows", "alerts", "findings", "sums", "dead-letters"]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the answers, newest first: the records as their JSON objects (ECS names), how many
    there are in all, and the token that continues after the last one (empty at the end)."""

    rows: list[dict[str, Any]]
    total: int
    after: str = ""


class Seen(NamedTuple):
    """One value of a field: how many records have it, and the first and the last of them (to the
    millisecond, which is what every store's aggregations keep)."""

    value: str
    records: int
    first: datetime
    last: datetime


class Span(NamedTuple):
    """How many records match, and the first and the last of them, to the millisecond."""

    total: int
    first: datetime | None = None
    last: datetime | None = None


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over time: `series[value][n]` is what `starts[n] <= @timestamp < starts[n] + every`
    holds. Windows lie on whole multiples of `every` in UTC; empty ones are there, with zero."""

    every: timedelta
    starts: list[datetime]
    series: dict[str, list[int]]


class QueryError(ValueError):
    """A query that cannot be answered; the text names the part that is wrong and the remedy."""


class Index(Protocol):
    """Keeps records and answers queries.

    Writing is idempotent for flows and dead letters (by id) and alerts (by id, the newest version
    stays). Sums and findings are added to what their key holds, so they must be written once:
    the caller's transaction sees to that.
    """

    def add_flows(self, flows: Sequence[Flow]) -> None: ...
    def add_sums(self, sums: Sequence[PartialSum]) -> None: ...
    def add_findings(self, findings: Sequence[Finding]) -> None: ...
    def put_alerts(self, alerts: Sequence[Alert]) -> None: ...
    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None: ...

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
        """Records that match a Lucene `query` with `since <= @timestamp < until`."""
        ...

    def alert(self, alert_id: str) -> Alert | None:
        """The alert with this id, or the only one whose id starts so."""
        ...

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
        """The most frequent values of a field, with how many records have each; with a `measure`
        (a field of whole numbers), what that adds up to instead. Of equals, the first in order."""
        ...

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
        """Counts (or a measure) over time, from the first record that matches to the last; one
        series each for the `limit` most frequent values of the field `by`, or one named "" for
        all."""
        ...

    def span(
        self,
        what: What,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Span:
        """How many records match, and when the first and the last of them were."""
        ...

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
        """The most frequent values of a field, with when each was seen first and last."""
        ...

    def subjects(
        self,
        query: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[str, Estimate]:
        """Distinct data subjects by category, from the merged sketches of the sums that match.

        Each estimate has its bounds at two standard deviations. Minutes that `since` or `until`
        cut count as a whole where they begin inside.
        """
        ...
