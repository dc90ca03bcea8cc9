"""Bulk requests: each item's outcome told apart, sizes that follow what the cluster takes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from elasticsearch import ApiError, Elasticsearch

from alerts.index.elastic.calls import translated
from alerts.index.writer import IndexUnavailableError

T = TypeVar("T")

SMALLEST, LARGEST = 64 * 1024, 16 * 1024 * 1024
"""Bytes of one request. Elasticsearch takes 100 MB; beyond some MB nothing is gained."""
FEW_DOCUMENTS, MOST_DOCUMENTS = 250, 5_000
"""A request takes so many at least, if there are, before others go beside it; and at most."""

_FIELD = re.compile(r"\[((?:egresswatch|event|service|user|destination|url|http|tls|cloud|trace|"
                    r"rule|error|message|title|@timestamp)[A-Za-z_.]*)\]")  # fmt: skip

Fate = Literal["done", "conflict", "missing", "busy", "blocked", "refused"]


class Item(NamedTuple, Generic[T]):
    """One operation, and what it is for."""

    action: bytes
    source: bytes
    what_for: T


class Outcome(NamedTuple, Generic[T]):
    """What became of an item. `reason` is a code; `problem` a sentence without values."""

    item: Item[T]
    fate: Fate
    reason: str = ""
    problem: str = ""


@dataclass(slots=True)
class RequestSize:
    """How many bytes the next request may have: grows while full ones go well, halves when not."""

    bytes: int = 2 * 1024 * 1024

    def went_well(self, sent: int) -> None:
        if 2 * sent >= self.bytes:
            self.bytes = min(LARGEST, self.bytes + self.bytes // 8)

    def was_too_much(self) -> None:
        self.bytes = max(SMALLEST, self.bytes // 2)


class Bulk:
    """Sends items, several requests at a time."""

    def __init__(self, client: Elasticsearch, threads: int) -> None:
        self._client = client
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="index")
        self.size = RequestSize()

    def close(self) -> None:
        self._pool.shutdown()

    def send(self, items: Iterable[Item[T]], count: int) -> list[Outcome[T]]:
        """The outcome of every item; IndexUnavailableError where a whole request failed (others
        may have succeeded: all must be idempotent). `count`: about how many items there are; they
        may be made while others are under way."""
        at_most = min(MOST_DOCUMENTS, max(FEW_DOCUMENTS, -(-count // (2 * self._threads))))
        requests: list[Future[list[Outcome[T]]]] = []
        try:
            requests.extend(
                self._pool.submit(self._request, request) for request in self._cut(items, at_most)
            )
        finally:
            wait(requests)
        outcomes: list[Outcome[T]] = []
        failure: IndexUnavailableError | None = None
        for request in requests:
            try:
                outcomes += request.result()
            except IndexUnavailableError as error:
                failure = failure or error
        if failure:
            raise failure
        return outcomes

    def _cut(self, items: Iterable[Item[T]], at_most: int) -> Iterator[list[Item[T]]]:
        request: list[Item[T]] = []
        size = 0
        for item in items:
            length = len(item.action) + len(item.source) + 2
            if request and (size + length > self.size.bytes or len(request) >= at_most):
                yield request
                request, size = [], 0
            request.append(item)
            size += length
        if request:
            yield request

    def _request(self, items: list[Item[T]]) -> list[Outcome[T]]:
        try:
            with translated():
                answer = self._post(items)
        except IndexUnavailableError:
            self.size.was_too_much()
            raise
        if answer is None:
            return self._halves(items)
        outcomes = [
            outcome(item, next(iter(told.values())))
            for item, told in zip(items, answer["items"], strict=True)
        ]
        if any(one.fate == "busy" for one in outcomes):
            self.size.was_too_much()
        else:
            self.size.went_well(sum(len(item.source) for item in items))
        return outcomes

    def _post(self, items: Sequence[Item[T]]) -> dict[str, Any] | None:
        """The answer; None where the request was too large."""
        # encoded lines: the client passes them on, and its types do not know it
        lines: Any = [line for item in items for line in (item.action, item.source)]
        try:
            return self._client.bulk(
                operations=lines, filter_path="items.*.status,items.*.error"
            ).body
        except ApiError as error:
            if error.status_code == 413:
                return None
            raise

    def _halves(self, items: list[Item[T]]) -> list[Outcome[T]]:
        self.size.was_too_much()
        if len(items) == 1:
            problem = "the record is larger than a request to Elasticsearch may be"
            return [Outcome(items[0], "refused", "index-too-large", problem)]
        middle = len(items) // 2
        return [*self._request(items[:middle]), *self._request(items[middle:])]


def outcome(item: Item[T], told: dict[str, Any]) -> Outcome[T]:
    """What an item's part of the answer means."""
    status, error = told["status"], told.get("error", {})
    if status < 300:
        return Outcome(item, "done")
    kind = error.get("type", "")
    match status, kind:
        case _, "cluster_block_exception":
            return Outcome(item, "blocked", "index-blocked", _blocked(error))
        case 409, _:
            return Outcome(item, "conflict")
        case 404, "index_not_found_exception":
            return Outcome(item, "missing")
        case 429 | 500 | 502 | 503 | 504, _:
            return Outcome(item, "busy", "index-busy", f"status {status}: {kind}")
        case _:
            return Outcome(item, "refused", f"index-{status}", _explained(kind, error))


def _explained(kind: str, error: dict[str, Any]) -> str:
    """Elasticsearch's own text quotes values, so only the field that it names is taken from it."""
    named = _FIELD.search(str(error.get("reason", "")))
    where = f" at {named[1]}" if named else ""
    return f"Elasticsearch refuses the record ({kind}{where}): does the index have our mappings?"


def _blocked(error: dict[str, Any]) -> str:
    full = "flood" in str(error.get("reason", "")) or "read-only / allow delete" in str(
        error.get("reason", "")
    )
    why = "the disk of a node is full" if full else "an index is set to read only"
    return f"Elasticsearch takes no writes: {why}; free space or lift the block, then all goes on"
