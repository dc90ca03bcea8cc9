"""Records into Elasticsearch, so that writing twice is like writing once.

Flows and dead letters have ids of their own and are created: where there is one, it stays. Sums,
findings and alerts are folded into what is stored (see `fold`). Sets of people grow by parts that
nothing is read for (see `parts`).
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec
from elasticsearch import Elasticsearch

from alerts.index.elastic.bulk import Bulk, Item, Outcome
from alerts.index.elastic.documents import COLLECTION_OF, document, document_id, with_member
from alerts.index.elastic.fold import Place, fold, read_known
from alerts.index.elastic.homes import Homes
from alerts.index.elastic.layout import KEY, Layout, Stored
from alerts.index.elastic.parts import Change, Parts
from alerts.index.elastic.people import of_day
from alerts.index.writer import Entry, Indexed, IndexUnavailableError, Rejected
from detectors.membership import SetName, set_of
from detectors.records import DeadLetter, Finding, Flow, Members, PartialSum, encode

ROUNDS = 16
"""How often documents that another writer was faster with are read and folded anew in one go."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds between attempts while the cluster cannot: twice as long each time, and jittered."""


class Work(NamedTuple):
    """A document to be written, and the entries it comes from."""

    place: Place
    entries: Sequence[Entry]


@dataclass(slots=True)
class ElasticWriter:
    """An `IndexWriter`. `refresh`: what was written can be searched when `write` returns."""

    client: Elasticsearch
    layout: Layout
    refresh: bool = False
    _failures: int = 0
    _bulk: Bulk = field(init=False)
    _homes: Homes = field(init=False)
    _parts: Parts = field(default_factory=Parts)

    def __post_init__(self) -> None:
        self._bulk = Bulk(self.client, self.layout.config.threads)
        self._homes = Homes(self.client, self.layout)

    def close(self) -> None:
        self._bulk.close()
        self.client.close()

    def forget(self) -> None:
        """Looks anew which indices there are, after some were deleted."""
        self._homes.forget()
        self._parts = Parts()

    def write(self, entries: Sequence[Entry]) -> list[Rejected]:
        """See `IndexWriter.write`."""
        try:
            rejected = self._attempt(entries)
            if self.refresh and entries:
                self._homes.refresh()
        except IndexUnavailableError as error:
            self._failures += 1
            error.wait = _wait(self._failures)
            raise
        self._failures = 0
        return rejected

    def _attempt(self, entries: Sequence[Entry]) -> list[Rejected]:
        try:
            return self._once(entries)
        except _IndexGoneError:  # by retention, or by an administrator: it is made again
            self.forget()
            return self._once(entries)

    def _once(self, entries: Sequence[Entry]) -> list[Rejected]:
        return [*self._create(entries), *self._add(entries), *self._unite(entries)]

    def _create(self, entries: Sequence[Entry]) -> list[Rejected]:
        """Flows and dead letters: the first of an id stays, so a conflict is a success."""
        items = (
            self._creation(entry, entry.record)
            for entry in entries
            if isinstance(entry.record, Flow | DeadLetter)
        )
        rejected: list[Rejected] = []
        self._settle(self._bulk.send(items, len(entries)), rejected)
        return rejected

    def _creation(self, entry: Entry, record: Flow | DeadLetter) -> Item[Work]:
        place = self._place(record)
        action = msgspec.json.encode({"create": {"_index": place.home, "_id": place.id}})
        return Item(action, document(place.what, record).source, Work(place, [entry]))

    def _add(self, entries: Sequence[Entry]) -> list[Rejected]:
        """The others: folded into what is stored, and again where another writer came between."""
        waiting = self._by_place(entries)
        rejected: list[Rejected] = []
        for _ in range(ROUNDS):
            if not waiting:
                return rejected
            known = read_known(self.client, waiting)
            changed = [fold(place, known.get(place), some) for place, some in waiting.items()]
            items = [
                Item(one.action, one.source, Work(one.place, waiting[one.place]))
                for one in changed
                if one
            ]
            conflicts = self._settle(self._bulk.send(items, len(items)), rejected)
            waiting = {place: waiting[place] for place in conflicts}
        raise IndexUnavailableError("busy", "other writers write the same records all the time")

    def _unite(self, entries: Sequence[Entry]) -> list[Rejected]:
        """Sets of people: the parts that grow by these."""
        sets: dict[SetName, list[Entry]] = {}
        members: list[Members] = []
        for entry in entries:
            if isinstance(entry.record, Members):
                members.append(entry.record)
                sets.setdefault(set_of(entry.record), []).append(entry)
        changes = self._parts.changes(members)
        rejected: list[Rejected] = []
        items = [self._part(change, sets[change.name]) for change in changes]
        self._settle(self._bulk.send(items, len(items)), rejected)
        self._parts.written(changes)
        return rejected

    def _part(self, change: Change, entries: Sequence[Entry]) -> Item[Work]:
        """The whole part, over what it was: nobody else writes it."""
        _, part, record = change
        place = Place("members", self._homes.ensure("members", record.day), part.id)
        action = msgspec.json.encode({"index": {"_index": place.home, "_id": place.id}})
        return Item(action, with_member(encode(record), KEY, part.id), Work(place, entries))

    def _by_place(self, entries: Iterable[Entry]) -> dict[Place, list[Entry]]:
        places: dict[Place, list[Entry]] = {}
        for entry in entries:
            record = entry.record
            if isinstance(record, Flow | DeadLetter | Members):
                continue
            places.setdefault(self._place(record), []).append(entry)
            if isinstance(record, PartialSum):
                day = of_day(record)
                place = self._place(day, "days")
                places.setdefault(place, []).append(entry._replace(record=day))
        return places

    def _place(self, record: Indexed, what: Stored | None = None) -> Place:
        collection = COLLECTION_OF[type(record)]
        what = what or collection.what
        index = self._homes.ensure(what, _time(record))
        return Place(what, index, document_id(collection.key(record)))

    def _settle(self, outcomes: Iterable[Outcome[Work]], rejected: list[Rejected]) -> list[Place]:
        """The places where another writer was faster; what was refused is added to `rejected`."""
        conflicts: list[Place] = []
        for item, fate, reason, problem in outcomes:
            match fate:
                case "done":
                    pass
                case "conflict":
                    conflicts.append(item.what_for.place)
                case "refused":
                    rejected += [Rejected(one, reason, problem) for one in item.what_for.entries]
                case "missing":
                    raise _IndexGoneError("busy", "an index is deleted as soon as it is made")
                case "busy":
                    raise IndexUnavailableError("busy", f"Elasticsearch is busy ({problem})")
                case "blocked":
                    raise IndexUnavailableError("blocked", problem)
        return conflicts


class _IndexGoneError(IndexUnavailableError):
    """An index that we knew is there no more."""


def _time(record: Indexed) -> datetime:
    """The time that says which dated index a record is in: one that merging does not change."""
    if isinstance(record, Finding):
        return record.window
    return COLLECTION_OF[type(record)].time.read(record)


def _wait(failures: int) -> float:
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - only spreads the load
