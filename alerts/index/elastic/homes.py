"""The dated indices: made when the first record for one comes, under its alias at once."""

from dataclasses import dataclass, field
from datetime import datetime

from elasticsearch import BadRequestError, Elasticsearch

from alerts.index.elastic.calls import error_types, translated
from alerts.index.elastic.layout import COLLECTIONS_STORED, Layout, Stored
from alerts.index.writer import IndexUnavailableError


@dataclass(slots=True)
class Homes:
    """Knows which indices there are, and makes those that are missing."""

    client: Elasticsearch
    layout: Layout
    _known: set[str] = field(default_factory=set[str])
    _lifecycle: bool | None = None

    def ensure(self, what: Stored, at: datetime) -> str:
        """The name of the index for records of this time, which exists when this returns."""
        name = self.layout.index(what, at)
        if name not in self._known:
            with translated():
                self._check()
                self._make(what, name)
            self._known.add(name)
        return name

    def forget(self) -> None:
        """Looks again, next time, whether indices are there."""
        self._known.clear()
        self._lifecycle = None

    def refresh(self) -> None:
        """What was written can be searched when this returns."""
        with translated():
            self.client.indices.refresh(
                index=[self.layout.alias(what) for what in COLLECTIONS_STORED],
                ignore_unavailable=True,
            )

    def _check(self) -> None:
        """The templates must be there and of our version, or strings would be mapped by guess."""
        if self._lifecycle is not None:
            return
        template = self.layout.template("flows")
        if not self.client.indices.exists_index_template(name=template):
            raise IndexUnavailableError(
                "outdated", f"the cluster has no template {template}: run `egresswatch index apply`"
            )
        found = self.client.indices.get_alias(
            name=f"{self.layout.config.prefix}-*", allow_no_indices=True
        )
        homes = [self.layout.home(name) for name in found.body]
        if any(home and home.version != self.layout.version for home in homes):
            raise IndexUnavailableError(
                "outdated",
                "the cluster has indices with mappings of another version: run `egresswatch index "
                "migrate` (reading goes on meanwhile)",
            )
        template_body = self.client.indices.get_index_template(name=template).body
        settings = template_body["index_templates"][0]["index_template"]["template"]["settings"]
        self._lifecycle = "lifecycle" in settings["index"]

    def _make(self, what: Stored, name: str) -> None:
        settings = self.layout.origination(name) if self._lifecycle else None
        try:
            self.client.indices.create(
                index=name, aliases={self.layout.alias(what): {}}, settings=settings
            )
        except BadRequestError as error:
            if "resource_already_exists_exception" not in error_types(error.body):
                raise
