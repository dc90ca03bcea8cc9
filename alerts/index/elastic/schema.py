"""What the cluster must have before records come: planned, applied, migrated, and old indices gone.

Migration goes index by index and reading never stops: writes to the old index are blocked (writers
wait, and lose nothing), its records are copied into a new one that nobody reads yet, and one atomic
change of aliases puts the new one in the place of the old.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from elasticsearch import ApiError, Elasticsearch

from alerts.index.elastic.bulk import Bulk, Item
from alerts.index.elastic.calls import translated
from alerts.index.elastic.documents import document, with_member
from alerts.index.elastic.layout import (
    APPLIED,
    COLLECTIONS_STORED,
    KINDS,
    RECORD,
    Home,
    Layout,
    Stored,
)
from alerts.index.writer import IndexUnavailableError
from detectors.records import decode

PAGE = 2_000


class Step(NamedTuple):
    """One thing to do, in words, and whether `apply` does it or `migrate`."""

    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Schema:
    """The templates, lifecycle policies and dated indices of one layout in one cluster."""

    client: Elasticsearch
    layout: Layout

    def plan(self) -> list[Step]:
        """What is missing or of another version; empty when all is as it must be."""
        with translated():
            lifecycle = self.has_lifecycles()
            steps = [
                Step("apply", f"put index template {self.layout.template(what)}")
                for what in KINDS
                if not self._is_current(what, lifecycle=lifecycle)
            ]
            if lifecycle:
                steps += [
                    Step("apply", f"put lifecycle policy {self.layout.template(what)}")
                    for what in self._kept()
                    if not self._has_policy(what)
                ]
            steps += [
                Step("migrate", f"copy {name} to version {self.layout.version}")
                for name, _ in self._outdated()
            ]
        return steps

    def apply(self) -> None:
        """Puts templates and policies; existing indices stay as they are."""
        with translated():
            lifecycle = self.has_lifecycles()
            if lifecycle:
                for what in self._kept():
                    self.client.ilm.put_lifecycle(
                        name=self.layout.template(what), policy=self.layout.lifecycle(what)
                    )
            for what in KINDS:
                self.client.indices.put_index_template(
                    name=self.layout.template(what),
                    **_arguments(self.layout.template_body(what, lifecycle=lifecycle)),
                )
            for action in self._lost():
                self.client.indices.update_aliases(actions=[{"add": action}])

    def migrate(self) -> Iterator[str]:
        """Copies every index of another version; yields each when it is in place. A migration
        that was cut off goes on where it was."""
        with translated():
            found = self._outdated()
        for name, home in found:
            with translated():
                self._replace(name, home)
            yield name

    def expired(self, now: datetime) -> list[str]:
        """Indices whose whole time is older than it is kept."""
        with translated():
            names = self._ours()
        found: list[str] = []
        for name in names:
            home = self.layout.home(name)
            keep = self.layout.keep_days(home.what) if home else None
            if home and keep is not None and home.until <= now - timedelta(days=keep):
                found.append(name)
        return sorted(found)

    def delete(self, names: list[str]) -> None:
        """Deletes whole indices."""
        with translated():
            for name in names:
                self.client.indices.delete(index=name, ignore_unavailable=True)

    def has_lifecycles(self) -> bool:
        """Whether the cluster has index lifecycle management."""
        try:
            self.client.ilm.get_status()
        except ApiError as error:
            if error.status_code in {400, 404, 405}:
                return False
            raise
        return True

    def _kept(self) -> list[Stored]:
        return [what for what in KINDS if self.layout.keep_days(what) is not None]

    def _has_policy(self, what: Stored) -> bool:
        try:
            found = self.client.ilm.get_lifecycle(name=self.layout.template(what)).body
        except ApiError as error:
            if error.status_code == 404:
                return False
            raise
        policy = found[self.layout.template(what)]["policy"]
        return policy.get("_meta") == self.layout.lifecycle(what)["_meta"]

    def _is_current(self, what: Stored, *, lifecycle: bool) -> bool:
        name = self.layout.template(what)
        if not self.client.indices.exists_index_template(name=name):
            return False
        found = self.client.indices.get_index_template(name=name).body
        wanted = self.layout.template_body(what, lifecycle=lifecycle)
        return found["index_templates"][0]["index_template"].get("_meta") == wanted["_meta"]

    def _ours(self) -> list[str]:
        found = self.client.indices.get(
            index=[self.layout.pattern(what) for what in KINDS],
            allow_no_indices=True,
            features="aliases",
        ).body
        return [name for name in found if self.layout.home(name)]

    def _outdated(self) -> list[tuple[str, Home]]:
        homes = ((name, self.layout.home(name)) for name in sorted(self._ours()))
        return [(n, home) for n, home in homes if home and home.version != self.layout.version]

    def _replace(self, name: str, home: Home) -> None:
        target = self.layout.index(home.what, home.since)
        self.client.indices.add_block(index=name, block="write")
        if not self.client.indices.exists(index=target):
            settings = self.layout.origination(target) if self.has_lifecycles() else None
            self.client.indices.create(index=target, settings=settings)
            # empty, so nobody reads anything twice before this
            self.client.indices.delete_alias(index=target, name=self.layout.alias(home.what))
        self._copy(name, target, home.what)
        counts = [self._count(index) for index in (name, target)]
        if counts[0] != counts[1]:
            raise IndexUnavailableError(
                "busy", f"{name} has {counts[0]} records, its copy {counts[1]}: migrate again"
            )
        alias = self.layout.alias(home.what)
        self.client.indices.update_aliases(
            actions=[
                {"add": {"index": target, "alias": alias}},
                {"remove_index": {"index": name}},
            ]
        )

    def _lost(self) -> list[dict[str, str]]:
        """Indices that were made without a template, so that nobody reads them. Copies that a
        migration has not finished are without their alias as well, and stay so."""
        found = self.client.indices.get(
            index=[self.layout.pattern(what) for what in KINDS],
            allow_no_indices=True,
            features="aliases",
        ).body
        homes = {name: home for name in found if (home := self.layout.home(name))}
        old = {
            (home.what, home.since)
            for home in homes.values()
            if home.version != self.layout.version
        }
        return [
            {"index": name, "alias": self.layout.alias(home.what)}
            for name, home in homes.items()
            if self.layout.alias(home.what) not in found[name].get("aliases", {})
            and (home.what, home.since) not in old
        ]

    def _count(self, name: str) -> int:
        self.client.indices.refresh(index=name)
        return self.client.count(index=name).body["count"]

    def _copy(self, name: str, target: str, what: Stored) -> None:
        bulk = Bulk(self.client, self.layout.config.threads)
        try:
            for hits in self._pages(name):
                outcomes = bulk.send((_copied(hit, target, what) for hit in hits), len(hits))
                failed = [one for one in outcomes if one.fate not in {"done", "conflict"}]
                if failed:
                    raise IndexUnavailableError(
                        "busy", f"{len(failed)} records could not be copied: {failed[0].problem}"
                    )
        finally:
            bulk.close()

    def _pages(self, name: str) -> Iterator[list[dict[str, Any]]]:
        after: list[Any] | None = None
        pit = self.client.open_point_in_time(index=name, keep_alive="5m").body["id"]
        try:
            while True:
                answer = self.client.search(
                    size=PAGE,
                    pit={"id": pit, "keep_alive": "5m"},
                    sort=[{"_shard_doc": "asc"}],
                    search_after=after,
                    track_total_hits=False,
                ).body
                hits = answer["hits"]["hits"]
                if not hits:
                    return
                yield hits
                after = hits[-1]["sort"]
        finally:
            self.client.close_point_in_time(id=pit)


def _copied(hit: dict[str, Any], target: str, what: Stored) -> Item[None]:
    found = hit["_source"]
    if what in ("members", "audit"):
        source = msgspec.json.encode(found)
    else:
        record = decode(COLLECTIONS_STORED[what].record, found[RECORD].encode())
        source = document(what, record).source
        if applied := found.get(APPLIED):
            source = with_member(source, APPLIED, applied)
    action = msgspec.json.encode({"create": {"_index": target, "_id": hit["_id"]}})
    return Item(action, source, None)


def _arguments(body: dict[str, Any]) -> dict[str, Any]:
    """A body's members under the names that the client's arguments have."""
    return {name.lstrip("_"): value for name, value in body.items()}
