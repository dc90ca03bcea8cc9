"""Sums, findings and alerts that meet what is already stored of them.

A document knows how far each source's entries are in it, so an entry that comes again changes
nothing; and it is written back under the sequence number it was read with, so that two writers do
not overwrite each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import msgspec
from elasticsearch import Elasticsearch

from alerts.index.elastic.calls import translated
from alerts.index.elastic.documents import document, with_member
from alerts.index.elastic.layout import APPLIED, RECORD, Stored
from alerts.index.writer import Entry, Written
from detectors import findings, windows
from detectors.records import Alert, Finding, PartialSum, decode

PLACES_AT_A_TIME = 1_000


class Place(NamedTuple):
    """Where a document is."""

    what: Stored
    home: str
    id: str


class Known(NamedTuple):
    """A stored document: its record, how far each source is in it, and its version."""

    record: bytes
    applied: Mapping[str, int]
    seq_no: int
    primary_term: int


@dataclass(frozen=True, slots=True)
class Folded:
    """What a document becomes."""

    place: Place
    source: bytes
    known: Known | None

    @property
    def action(self) -> bytes:
        """The bulk action that writes it if nobody else has written it meanwhile."""
        where: dict[str, Any] = {"_index": self.place.home, "_id": self.place.id}
        if self.known is None:
            return msgspec.json.encode({"create": where})
        where |= {"if_seq_no": self.known.seq_no, "if_primary_term": self.known.primary_term}
        return msgspec.json.encode({"index": where})


def read_known(client: Elasticsearch, places: Iterable[Place]) -> dict[Place, Known]:
    """What is stored at some places; up to date, refreshed or not."""
    wanted = list(places)
    found: dict[Place, Known] = {}
    for first in range(0, len(wanted), PLACES_AT_A_TIME):
        some = wanted[first : first + PLACES_AT_A_TIME]
        with translated():
            answer = client.mget(
                docs=[{"_index": place.home, "_id": place.id} for place in some],
                source_includes=[RECORD, APPLIED],
            ).body
        for place, told in zip(some, answer["docs"], strict=True):
            if told.get("found"):
                source = told["_source"]
                found[place] = Known(
                    source[RECORD].encode(),
                    source.get(APPLIED, {}),
                    told["_seq_no"],
                    told["_primary_term"],
                )
    return found


def fold(place: Place, known: Known | None, entries: Sequence[Entry]) -> Folded | None:
    """The document after these entries; None where they change nothing."""
    applied = dict(known.applied) if known else {}
    fresh = [entry for entry in entries if _is_new(entry, applied)]
    if not fresh:
        return None
    for entry in fresh:
        if entry.source:
            applied[entry.source] = max(entry.offset, applied.get(entry.source, -1))
    records: list[Written] = [entry.record for entry in fresh]
    if known:
        records.insert(0, decode(type(records[0]), known.record))
    source = document(place.what, reduce(_merged, records)).source
    return Folded(place, with_member(source, APPLIED, applied) if applied else source, known)


def _is_new(entry: Entry, applied: Mapping[str, int]) -> bool:
    return not entry.source or entry.offset > applied.get(entry.source, -1)


def _merged(a: Written, b: Written) -> Written:
    match a, b:
        case PartialSum(), PartialSum():
            return windows.merge(a, b)
        case Finding(), Finding():
            return findings.merge(a, b)
        case Alert(), Alert():
            return b if b.version >= a.version else a
        case _:
            raise TypeError(f"{type(b).__name__} is not folded into {type(a).__name__}")
