"""The dated indices: made when the first record for one comes, under its alias at once."""

from dataclasses import dataclass, field
from datetime import datetime

from elasticsearch import BadRequestError, Elasticsearch

from alerts.index.elastic.calls import error_types, translated
from alerts.index.elastic.layout import KINDS, Layout, Stored
from alerts.index.writer import IndexUnavailableError


@dataclass(slots=True)
class Homes:
    """Knows which indices there are, and makes those that are missing."""

    client: Elasticsearch
    layout: Layout
    _known: set[str] = field(default_factory=set[str])
    _checked: bool = False

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
        self._checked = False

    def refresh(self) -> None:
        """What was written can be searched when this returns."""
        with translated():
            self.client.indices.refresh(
                index=[self.layout.alias(what) for what in KINDS],
                ignore_unavailable=True,
            )

    def _check(self) -> None:
        """Records must not go beside those of an older version."""
        if self._checked:
            return
        found = self.client.indices.get_alias(
            index=[self.layout.pattern(what) for what in KINDS], allow_no_indices=True
        )
        homes = [self.layout.home(name) for name in found.body]
        if any(home and home.version != self.layout.version for home in homes):
            raise IndexUnavailableError(
                "outdated",
                "the cluster has indices with mappings of another version: run `egresswatch index "
                "migrate` (reading goes on meanwhile)",
            )
        self._checked = True

    def _make(self, what: Stored, name: str) -> None:
        body = self.layout.body(what, lifecycle=False)  # the template names the lifecycle
        origin = self.layout.origination(name)
        try:
            self.client.indices.create(
                index=name, settings={**body["settings"], **origin}, mappings=body["mappings"]
            )
        except BadRequestError as error:
            if "resource_already_exists_exception" in error_types(error.body):
                pass
            elif "index.lifecycle.origination_date" in str(error.body):  # no lifecycles here
                self.client.indices.create(index=name, **body)
            else:
                raise
        aliases = self.client.indices.get_alias(index=name).body[name]["aliases"]
        if self.layout.alias(what) not in aliases:
            raise IndexUnavailableError(
                "outdated",
                f"the cluster has no template {self.layout.template(what)}, which names the alias "
                "that is read: run `egresswatch index apply`",
            )
