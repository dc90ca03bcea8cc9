"""The search stage: Elasticsearch has what the topics have, whatever happens on the way."""

from collections.abc import Generator
from contextlib import closing
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from alerts.index.base import Index, What
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.members import ElasticMembers
from alerts.index.elastic.schema import Schema
from alerts.index.members import Gap, MemberSets, MemberStore
from alerts.index.sqlite import SqliteIndex
from monitor.runners.kafka import reading
from monitor.runners.kafka.codec import wire
from monitor.state.database import FILE_NAME, connect
from tests.integration.kafka.conftest import events, is_told
from tests.support.index_records import START, flow
from tests.support.indexes import elastic_config
from tests.support.kafka_space import KafkaSpace, eventually

KINDS: tuple[What, ...] = ("flows", "sums", "findings", "alerts", "dead-letters")


@pytest.fixture
def index(elasticsearch: str) -> Generator[ElasticIndex]:
    made = ElasticIndex.open(elastic_config(elasticsearch))
    Schema(made.client, made.layout).apply()
    yield made
    prefix = made.layout.config.prefix
    names = made.client.indices.get(index=f"{prefix}-*", features="aliases").body
    made.client.indices.delete(index=list(names))
    made.client.indices.delete_index_template(name=f"{prefix}-*")
    made.close()


def records(index: Index, what: What) -> list[bytes]:
    return sorted(msgspec.json.encode(row) for row in index.search(what, limit=10_000).rows)


def forget(space: KafkaSpace, group: str) -> None:
    """The group begins anew: how far it had come is forgotten, once nobody is in it any more."""
    name = space.prefix + group

    def deleted() -> bool:
        client = AdminClient({"bootstrap.servers": space.address})
        try:
            client.delete_consumer_groups([name])[name].result(30)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.NON_EMPTY_GROUP:
                return False  # members with names of their own are waited for
            raise
        return True

    eventually(f"nobody is in {name}", deleted)


def caught_up(space: KafkaSpace) -> bool:
    topics = space.topics
    read = (topics.flows, topics.sums, topics.findings, topics.alerts, topics.dead_letters)
    return not space.lags("search", [one.name for one in (*read, topics.members)])


def gaps(sets: MemberStore) -> list[Gap]:
    """The days that there are sets of, by their keys: none of those is at hand."""
    return sets.lookup("", {}).gaps


def test_elasticsearch_has_what_the_database_has(
    space: KafkaSpace, index: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = index.layout.config.model_dump(exclude={"api_key", "api_key_file", "ca_file"})
    space.prepare(
        worker={"records": 8, "slot": 0},
        index=config,
        self_monitoring={"check_seconds": 0.5},
    )
    space.produce(events())
    block = {"index.blocks.read_only": True}
    with space.running():
        eventually("every stage has read everything", space.drained)
        eventually("the database has everything", space.indexed)
        with closing(connect(space.folder / "data" / FILE_NAME)) as connection:
            database = SqliteIndex.open(connection)
            total = database.search("flows").total
            assert total > 100

            def arrived() -> bool:
                index.client.indices.refresh(index=f"{index.layout.config.prefix}-*")
                return all(records(index, what) == records(database, what) for what in KINDS)

            eventually("Elasticsearch has everything", arrived)
            sets, copied = MemberSets(connection), ElasticMembers(index.client, index.layout)
            eventually("and the same sets of people", lambda: gaps(copied) == gaps(sets) != [])
            name = index.client.indices.get_alias(name=index.layout.alias("flows")).body
            index.client.indices.put_settings(index=list(name), settings=block)
            space.produce(events()[:40])  # the same events: their ids are known, their places new
            eventually("every stage has read everything", space.drained)
            eventually("the database has everything", space.indexed)
            trouble = "index-unavailable"
            eventually("people are told", partial(is_told, space, (trouble, "first")))
            index.client.indices.put_settings(
                index=list(name), settings={"index.blocks.read_only": None}
            )
            eventually("and that it is over", partial(is_told, space, (trouble, "resolved")))
            eventually("Elasticsearch has caught up", arrived)
    before = {what: records(index, what) for what in KINDS}
    forget(space, "search")
    monkeypatch.setattr(reading, "POLL_SECONDS", 2.0)  # records come with their partitions
    worker = space.configuration.settings.worker.model_copy(update={"records": 500})
    with space.running(stages=("search",), worker=worker):
        eventually("it has read everything again, from the start", partial(caught_up, space))
        index.client.indices.refresh(index=f"{index.layout.config.prefix}-*")
        for what in KINDS:
            assert records(index, what) == before[what], what
        refuse_a_flow(space, index)


def refuse_a_flow(space: KafkaSpace, index: ElasticIndex) -> None:
    """A flow that the index will never take is a dead letter, and the next one is written."""
    layout, month = index.layout, START - timedelta(days=400)
    wrong = layout.mappings("flows")
    wrong["properties"]["egresswatch.bytes"] = {"type": "ip"}
    index.client.indices.create(
        index=layout.index("flows", month), aliases={layout.alias("flows"): {}}, mappings=wrong
    )
    producer = Producer({"bootstrap.servers": space.address})
    for one in (flow(1, timestamp=month), flow(2)):
        record = wire(one)
        producer.produce(space.topics.flows.name, record.value, record.key)
    assert producer.flush(30) == 0

    def told() -> bool:
        index.client.indices.refresh(index=f"{layout.config.prefix}-*")
        refused = index.search("dead-letters", "reason:index-400").total
        return (refused, index.search("flows", "id:flow-2").total) == (1, 1)

    eventually("the dead letter and the other flow are in the index", told)
    assert index.search("flows", "id:flow-1").total == 0
