"""Roles of least privilege: each suffices for what it is for, and needs every privilege it has.

No secured cluster is at hand, so what each request would need is looked up in Elasticsearch's own
rules (`tests.support.privileges`), for the requests that the program makes of a real node.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import VERSION
from alerts.index.elastic.members import ElasticMembers
from alerts.index.elastic.schema import Schema
from alerts.index.elastic.write import ElasticWriter
from alerts.index.members import Asked
from alerts.index.writer import Entry
from deploy.elastic.roles import roles
from detectors.records import Record
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum
from tests.support.index_records import members as people
from tests.support.indexes import (
    ElasticIndexes,
    elastic_indexes,  # noqa: F401 - a fixture
)
from tests.support.privileges import Needed, granted, lesser, recorded

RECORDS: tuple[Record, ...] = (
    flow(), partial_sum(), finding(), alert(), dead_letter(), people("ada@example.org"),
)  # fmt: skip


@pytest.fixture
def index(elastic_indexes: ElasticIndexes) -> ElasticIndex:  # noqa: F811 - the fixture
    return elastic_indexes.empty()


def suffices_and_no_more(role: str, needed: set[Needed], unused: str = "-") -> None:
    own = roles()[f"egresswatch-{role}"]
    assert {need for need in needed if not granted(own, need)} == set()
    for privilege, less in lesser(own):
        if not privilege.startswith(unused):
            assert not all(granted(less, need) for need in needed), f"{privilege} is not needed"


def entries(offset: int) -> list[Entry]:
    return [Entry(record, "t/0", offset + n) for n, record in enumerate(RECORDS)]  # pyright: ignore


def test_the_writer_writes_every_kind_and_the_doctor_looks(index: ElasticIndex) -> None:
    with recorded(index.client, index.layout.config.prefix) as needed:
        writer = ElasticWriter(index.client, index.layout)
        assert writer.write(entries(0)) == []
        assert writer.write(entries(100)) == []
        writer._bulk.close()
        Schema(index.client, index.layout).plan()
    suffices_and_no_more("writer", needed)


def test_the_reader_asks_everything(index: ElasticIndex) -> None:
    index.writer.write(entries(0))
    with recorded(index.client, index.layout.config.prefix) as needed:
        for what in ("flows", "sums", "findings", "alerts", "dead-letters"):
            page = index.search(what, limit=1)
            assert page.total == 1
            index.span(what)
        assert index.alert(alert().id)
        index.top("flows", "service")
        index.timeline("flows", timedelta(hours=1), by="service")
        index.seen("flows", "service")
        index.subjects()
    suffices_and_no_more("reader", needed, unused="view_index_metadata")


def test_whoever_asks_for_people_audits_and_reads(index: ElasticIndex) -> None:
    index.writer.write(entries(0))
    with recorded(index.client, index.layout.config.prefix) as needed:
        store = ElasticMembers(index.client, index.layout)
        store.audit(Asked(START.isoformat(), "dpo", "DSR-7", "0f" * 8, "", ""))
        assert len(store.audited()) == 1
        assert store.lookup("ada@example.org", {}).gaps
    suffices_and_no_more("privacy", needed, unused="view_index_metadata on egresswatch-members")


def test_the_administrator_migrates_and_deletes_and_reads_people_with_privacy_as_well(
    index: ElasticIndex,
) -> None:
    index.writer.write(entries(0))
    store = ElasticMembers(index.client, index.layout)
    store.audit(Asked(START.isoformat(), "dpo", "DSR-7", "0f" * 8, "", ""))
    newer = Schema(index.client, replace(index.layout, version=VERSION + 1))
    with recorded(index.client, index.layout.config.prefix) as needed:
        newer.plan()
        newer.apply()
        assert list(newer.migrate())
        assert len(store.audited()) == 1
        assert store.lookup("ada@example.org", {}).gaps
        expired = newer.expired(START + timedelta(days=4_000))
        assert expired
        newer.delete(expired)
    admin, privacy = roles()["egresswatch-admin"], roles()["egresswatch-privacy"]
    denied = {need for need in needed if not granted(admin, need)}
    assert {need.index.split("-")[1] for need in denied} == {"members", "audit"}
    assert all(need.action.startswith("indices:data/read/") for need in denied)
    assert all(granted(privacy, need) for need in denied)
    suffices_and_no_more("admin", needed - denied)
