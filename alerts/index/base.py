"""The index: what investigators search. One contract, one test suite, every store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from detectors.records import Alert, DeadLetter, Finding, Flow, PartialSum

What = Literal["flows", "alerts", "findings", "sums", "dead-letters"]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the answers, newest first: the records as their JSON objects (ECS names), how many
    there are in all, and the token that continues after the last one (empty at the end)."""

    rows: list[dict[str, Any]]
    total: int
    after: str = ""


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
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[tuple[str, int]]:
        """The most frequent values of a field, with how many records have each."""
        ...
