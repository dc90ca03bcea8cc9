"""Templates, migration and retention on a real node."""

import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import KINDS, VERSION, Layout
from alerts.index.elastic.read import Reader
from alerts.index.elastic.schema import Schema
from alerts.index.elastic.write import ElasticWriter
from alerts.index.writer import Entry, IndexUnavailableError
from detectors.records import encode
from monitor.cli.diagnosis import check_index
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum
from tests.support.indexes import (
    ElasticIndexes,
    elastic_config,
    elastic_indexes,  # noqa: F401 - a fixture
)


@pytest.fixture
def index(elastic_indexes: ElasticIndexes) -> ElasticIndex:  # noqa: F811 - the fixture
    return elastic_indexes.empty()


@pytest.fixture
def schema(index: ElasticIndex) -> Schema:
    return Schema(index.client, index.layout)


def test_a_plan_names_what_is_missing_and_apply_does_it(elasticsearch: str) -> None:
    config = elastic_config(elasticsearch)
    with config.connect() as client:
        schema = Schema(client, Layout(config))
        assert [step.by for step in schema.plan()] == ["apply"] * len(KINDS)
        answers, *missing = check_index(config)
        assert answers.ok
        assert {one.remedy for one in missing} == {"egresswatch index apply"}
        schema.apply()
        assert schema.plan() == []
        assert all(one.ok for one in check_index(config))
        changed = Schema(client, Layout(config.model_copy(update={"shards": 2})))
        assert [step.what for step in changed.plan()] == [
            f"put index template {config.prefix}-flows-v{VERSION}"
        ]
        client.indices.delete_index_template(name=f"{config.prefix}-*")


def test_without_templates_nothing_is_written_and_apply_makes_it_good(elasticsearch: str) -> None:
    config = elastic_config(elasticsearch)
    writer = ElasticWriter(config.connect(), Layout(config))
    with pytest.raises(IndexUnavailableError, match="index apply") as refused:
        writer.write([Entry(flow(), "", 0)])
    assert refused.value.cause == "outdated"
    Schema(writer.client, writer.layout).apply()
    assert writer.write([Entry(flow(), "", 0)]) == []
    with closing(ElasticIndex.open(config)) as index:
        index.add_flows([flow()])
        assert index.search("flows").total == 1
        index.client.indices.delete(index=f"{config.prefix}-flows-v{VERSION}-2026.01")
        index.client.indices.delete_index_template(name=f"{config.prefix}-*")
    writer.close()


def test_migration_keeps_every_record_and_reading_never_misses_one(
    index: ElasticIndex, schema: Schema
) -> None:
    flows = [flow(n, timestamp=START + timedelta(days=20 * n)) for n in range(4)]
    index.add_flows(flows)
    index.writer.write([Entry(partial_sum(), "sums/0", 5)])
    index.add_findings([finding()])
    index.put_alerts([alert()])
    index.add_dead_letters([dead_letter()])

    newer = replace(index.layout, version=VERSION + 1)
    upgraded = Schema(index.client, newer)
    assert {step.by for step in upgraded.plan()} == {"apply", "migrate"}
    upgraded.apply()
    writer = ElasticWriter(index.client, newer, refresh=True)
    with pytest.raises(IndexUnavailableError, match="index migrate"):
        writer.write([Entry(flow(99), "", 0)])
    with asking(index) as answers:
        assert len(list(upgraded.migrate())) == 8
    assert len(answers) > 10
    assert set(answers) == {(4, 1)}  # at no moment too many or too few
    assert upgraded.plan() == []

    reader = Reader(index.reader.searcher, newer)
    assert reader.layout.alias("flows") == index.layout.alias("flows")
    rows = index.search("flows").rows
    assert [row["event.id"] for row in rows] == ["flow-3", "flow-2", "flow-1", "flow-0"]
    writer.forget()
    writer.write([Entry(partial_sum(), "sums/0", 5), Entry(partial_sum(), "sums/0", 6)])
    (row,) = index.search("sums").rows
    assert row["egresswatch.events"] == 2  # the place it was added from has come along
    writer.write([Entry(flows[0], "", 0)])
    assert index.search("flows").total == 4
    index.client.indices.delete_index_template(name=f"{newer.config.prefix}-*-v{VERSION + 1}")


@contextmanager
def asking(index: ElasticIndex) -> Generator[list[tuple[int, int]]]:
    """Somebody asks all the time: how many flows there are, and how many people."""
    answers: list[tuple[int, int]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            people = index.subjects()["user.contact.email"].value
            answers.append((index.search("flows").total, people))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        done.set()
        thread.join()


def test_a_migration_that_was_cut_off_goes_on(index: ElasticIndex) -> None:
    index.add_flows([flow(n) for n in range(5)])
    upgraded = Schema(index.client, replace(index.layout, version=VERSION + 1))
    upgraded.apply()
    target = upgraded.layout.index("flows", START)
    index.client.indices.create(index=target)
    index.client.indices.delete_alias(index=target, name=index.layout.alias("flows"))
    index.client.create(
        index=target,
        id="flow-1",
        document={"@timestamp": START.isoformat(), "egresswatch.record": encode(flow(1)).decode()},
    )
    assert list(upgraded.migrate()) == [index.layout.index("flows", START)]
    assert index.search("flows").total == 5


def test_retention_deletes_whole_indices_and_never_alerts(
    index: ElasticIndex, schema: Schema
) -> None:
    old, new = START - timedelta(days=200), START
    index.add_flows([flow(1, timestamp=old), flow(2, timestamp=new)])
    index.add_sums([partial_sum(window=old), partial_sum(window=new)])
    index.put_alerts([alert(opened=old - timedelta(days=4_000))])
    expired = schema.expired(START)
    assert expired == [index.layout.index("flows", old)]  # sums are kept for longer
    schema.delete(expired)
    assert [row["event.id"] for row in index.search("flows").rows] == ["flow-2"]
    assert index.search("sums").total == 2
    assert index.search("alerts").total == 1
    index.add_flows([flow(3, timestamp=old)])  # a deleted index is made again, and read
    assert index.search("flows").total == 2


def test_names_say_what_an_index_holds(index: ElasticIndex) -> None:
    layout = index.layout
    for what in KINDS:
        home = layout.home(layout.index(what, START))
        assert home is not None
        assert (home.what, home.version) == (what, VERSION)
        assert home.since <= START < home.until
    assert layout.home(f"{layout.config.prefix}-flows-vx-2026.01") is None
    assert layout.home("somebody-elses") is None


def test_moments_that_date_nanos_cannot_hold_are_kept_all_the_same(index: ElasticIndex) -> None:
    odd = [flow(n, timestamp=START.replace(year=year)) for n, year in enumerate((3, 1900, 9000))]
    index.add_flows(odd)
    assert {row["@timestamp"] for row in index.search("flows").rows} == {
        "0003-01-05T12:00:00Z",
        "1900-01-05T12:00:00Z",
        "9000-01-05T12:00:00Z",
    }
    assert index.search("flows", "@timestamp:>=1900-01-01").total == 3
