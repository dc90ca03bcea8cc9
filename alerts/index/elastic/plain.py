"""Kinds of documents that no search reaches: their mappings, and the order they are read in.

They hold a record's own members and nothing else. See `members` for what they are.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Plain = Literal["members", "audit"]

_WORD: dict[str, Any] = {"type": "keyword", "ignore_above": 8_191}
_KEPT_ONLY: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
_TIME: dict[str, Any] = {"type": "date_nanos"}


class PlainKind(NamedTuple):
    """The fields of one kind, and those that it is sorted by."""

    properties: Mapping[str, Mapping[str, Any]]
    order: tuple[str, ...]

    @property
    def sort(self) -> list[dict[str, Any]]:
        """The order as a search takes it: no two documents have the same place."""
        first, *others = self.order
        time = {first: {"order": "asc", "format": "strict_date_optional_time_nanos"}}
        return [time, *({name: {"order": "asc"}} for name in others)]


PLAIN: Mapping[Plain, PlainKind] = {
    "members": PlainKind(
        {
            "@timestamp": _TIME,
            "event.id": _WORD,
            "egresswatch.subprocessor": _WORD,
            "egresswatch.category": _WORD,
            "egresswatch.key": _WORD,
            "egresswatch.members": {"type": "binary"},  # neither indexed nor searchable
        },
        (
            "@timestamp",
            "egresswatch.subprocessor",
            "egresswatch.category",
            "egresswatch.key",
            "event.id",
        ),
    ),
    "audit": PlainKind(
        {
            "@timestamp": _TIME,
            "event.id": _WORD,
            "user.name": _WORD,
            "event.reason": _WORD,
            "egresswatch.subject": _WORD,
            "egresswatch.since": _KEPT_ONLY,
            "egresswatch.until": _KEPT_ONLY,
        },
        ("@timestamp", "event.id"),
    ),
}
