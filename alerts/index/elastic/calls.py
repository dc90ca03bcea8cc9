"""Questions to a cluster. Answers are whole, or an error: never a part passed off as all."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event
from typing import Any, cast

from elasticsearch import (
    ApiError,
    ConnectionTimeout,
    Elasticsearch,
    TransportError,
)

from alerts.index.base import QueryError
from alerts.index.writer import IndexUnavailableError

_REFUSALS = {
    "too_many_buckets_exception": "the answer has too many parts: ask for a shorter time, longer "
    "windows or fewer series",
    "too_many_clauses": "the query asks too much of this cluster: make it shorter",
    "too_many_nested_clauses": "the query asks too much of this cluster: make it shorter",
}
_EXPENSIVE = re.compile("search.allow_expensive_queries")


_MOVING = {
    "index_not_found_exception",
    "no_shard_available_action_exception",
    "shard_not_found_exception",
}
"""Why shards fail while an index is made (at midnight), or another takes its place (a migration):
over within a second."""
PAUSES = (0.1, 0.3, 1.0)
"""Seconds before such a question is put again."""


class Searcher:
    """Searches one alias of a cluster."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def search(self, alias: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of all shards. No index yet is an empty answer."""
        for pause in PAUSES:
            try:
                return self._whole(alias, body)
            except _MovingError:
                Event().wait(pause)
        return self._whole(alias, body)

    def _whole(self, alias: str, body: dict[str, Any]) -> dict[str, Any]:
        with translated():
            answer = self._client.search(
                index=alias, allow_no_indices=True, ignore_unavailable=True, **body
            ).body
        failures = answer["_shards"].get("failures", [])
        if not answer["timed_out"] and not answer["_shards"].get("failed"):
            return answer
        kinds = {one["reason"]["type"] for one in failures}
        error = _MovingError if kinds and kinds <= _MOVING else IndexUnavailableError
        raise error("busy", "Elasticsearch answered for some shards only: ask again in a minute")


class _MovingError(IndexUnavailableError):
    """Shards that are not there yet, or no more."""


@contextmanager
def translated() -> Generator[None]:
    """Errors of the client as ours, without anything of the query or the documents in them."""
    try:
        yield
    except ApiError as error:
        raise _error(error) from None
    except ConnectionTimeout:
        raise IndexUnavailableError(
            "busy",
            "Elasticsearch takes longer than index.timeout_seconds to answer: is it overloaded, or "
            "are the disks of its nodes full?",
        ) from None
    except TransportError as error:
        kind = type(error).__name__
        raise IndexUnavailableError(
            "away", f"Elasticsearch does not answer ({kind}): is it up, and is index.urls right?"
        ) from None


def _error(error: ApiError) -> Exception:
    kinds = set(error_types(error.body))
    for kind, remedy in _REFUSALS.items():
        if kind in kinds:
            return QueryError(remedy)
    if _EXPENSIVE.search(str(error.body)):
        return QueryError(
            "this cluster allows no wildcards or words inside texts "
            "(search.allow_expensive_queries is false)"
        )
    kind = ", ".join(sorted(kinds)) or "no reason given"
    if error.status_code in {401, 403}:
        return IndexUnavailableError(
            "denied",
            f"Elasticsearch refuses this key (status {error.status_code}: {kind}): check "
            "index.api_key_file against deploy/elastic/roles.json",
        )
    if error.status_code == 429 or error.status_code >= 500:
        busy = _MovingError if kinds & _MOVING else IndexUnavailableError
        return busy("busy", f"Elasticsearch is busy (status {error.status_code}: {kind})")
    return IndexUnavailableError(
        "outdated",
        f"Elasticsearch does not take what we ask (status {error.status_code}: {kind}): "
        "does `egresswatch index plan` say that something is missing?",
    )


def error_types(body: Any) -> list[str]:
    """The types that an error's body names, causes too. They hold no values."""
    error = cast("dict[str, Any]", body).get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return []
    error = cast("dict[str, Any]", error)
    causes: list[dict[str, Any]] = [
        error,
        *error.get("root_cause", []),
        error.get("caused_by", {}),
        *(failed.get("reason", {}) for failed in error.get("failed_shards", [])),
    ]
    return list(dict.fromkeys(str(cause["type"]) for cause in causes if "type" in cause))
