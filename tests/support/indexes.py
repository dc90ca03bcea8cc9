"""Every store of the index, empty: what contract and property tests run on."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest

from alerts.index.base import Index
from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import VERSION
from alerts.index.elastic.schema import Schema
from alerts.index.sqlite import SqliteIndex

NAMES = ("sqlite", "elasticsearch")


@contextmanager
def sqlite_index() -> Generator[Index]:
    with closing(sqlite3.connect(":memory:")) as connection:
        yield SqliteIndex.create(connection)


def elastic_config(url: str) -> ElasticConfig:
    """Indices of this caller's own, by the month: tests spread few records over years."""
    return ElasticConfig(urls=[url], prefix=f"t{uuid4().hex[:12]}", period="month", replicas=0)


class ElasticIndexes:
    """Empty indices on one node, one after another under one prefix: templates are put once."""

    def __init__(self, url: str) -> None:
        self.index = ElasticIndex.open(elastic_config(url))
        self._prefix = self.index.layout.config.prefix
        Schema(self.index.client, self.index.layout).apply()

    def empty(self) -> ElasticIndex:
        """The index with nothing in it."""
        names = self.index.client.indices.get(index=f"{self._prefix}-*", features="aliases").body
        if names:
            self.index.client.indices.delete(index=list(names))
        self.index.client.options(ignore_status=404).indices.delete_index_template(
            name=f"{self._prefix}-*-v{VERSION + 1}"
        )
        self.index.writer.forget()
        return self.index

    def close(self) -> None:
        self.empty()
        self.index.client.indices.delete_index_template(name=f"{self._prefix}-*")
        self.index.close()


@pytest.fixture(scope="module")
def elastic_indexes(elasticsearch: str) -> Generator[ElasticIndexes]:
    made = ElasticIndexes(elasticsearch)
    yield made
    made.close()
