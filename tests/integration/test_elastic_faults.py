"""A node that is killed, full, busy or away: counts equal the truth each time."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.index.elastic.bulk import Item
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import Layout
from alerts.index.elastic.schema import Schema
from alerts.index.elastic.write import ElasticWriter
from alerts.index.queue import CopyQueue
from alerts.index.writer import Entry, IndexUnavailableError
from deploy.dev.elasticsearch import LocalElasticsearch
from deploy.dev.ports import free_ports
from detectors.distinct import sketch
from detectors.records import Record
from monitor.clock import ManualClock
from monitor.runners.copier import Copier
from monitor.runners.store import EmbeddedStore
from monitor.runners.trouble import PATIENCE
from monitor.state.database import connect, open_database
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum
from tests.support.indexes import (
    ElasticIndexes,
    elastic_config,
    elastic_indexes,  # noqa: F401 - a fixture
)
from tests.support.services.reaper import reaped


@pytest.fixture
def index(elastic_indexes: ElasticIndexes) -> ElasticIndex:  # noqa: F811 - the fixture
    return elastic_indexes.empty()


def entries(records: Sequence[Record], source: str = "topic/0") -> list[Entry]:
    return [Entry(record, source, n) for n, record in enumerate(records)]  # pyright: ignore


def mixed(count: int) -> list[Record]:
    """A log as the stages write it: flows, partial sums of few keys, findings, alert versions."""
    records: list[Record] = []
    for n in range(count):
        records.append(flow(n, service=f"s{n % 7}", size=n))
        records.append(partial_sum(service=f"s{n % 7}", size=n, subjects=sketch([n])))
        if n % 5 == 0:
            records.append(finding(n % 3, subjects=sketch([n])))
            records.append(alert(n % 2, version=n + 1, events=n))
        if n % 11 == 0:
            records.append(dead_letter(n))
    return records


def assert_truth(index: ElasticIndex, count: int) -> None:
    assert index.search("flows").total == count
    assert sum(n for _, n in index.top("flows", "service", measure="bytes")) == sum(range(count))
    assert sum(n for _, n in index.top("sums", "service", measure="events")) == count
    assert sum(n for _, n in index.top("sums", "service", measure="bytes")) == sum(range(count))
    people = index.subjects()["user.contact.email"]
    assert people.low <= count <= people.high
    assert sum(row["egresswatch.events"] for row in index.search("findings").rows) == -(-count // 5)
    assert max(row["egresswatch.version"] for row in index.search("alerts").rows) == (
        (count - 1) // 5 * 5 + 1
    )
    assert index.search("dead-letters").total == -(-count // 11)


def test_a_replay_from_the_start_changes_nothing(index: ElasticIndex) -> None:
    log = entries(mixed(300))
    for batch in (log, log, log[:100], log[40:]):
        assert index.writer.write(batch) == []
    assert_truth(index, 300)


def test_two_writers_add_to_the_same_keys_and_none_is_lost(index: ElasticIndex) -> None:
    writers = [ElasticWriter(index.client, index.layout) for _ in range(2)]
    failures: list[BaseException] = []

    def work(number: int) -> None:
        log = entries([partial_sum(subjects=sketch([number])) for _ in range(40)], f"t/{number}")
        try:
            for entry in log:
                until_taken(writers[number], [entry])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    index.writer.write([Entry(partial_sum(), "t/2", 0)])  # refreshes
    (row,) = index.search("sums").rows
    assert row["egresswatch.events"] == 81
    for writer in writers:
        writer._bulk.close()


def until_taken(writer: ElasticWriter, batch: list[Entry], tries: int = 400) -> None:
    pause = threading.Event()
    for _ in range(tries):
        try:
            assert writer.write(batch) == []
        except IndexUnavailableError as error:
            pause.wait(min(error.wait, 0.5))
        else:
            return
    raise AssertionError("the index never came back")


def test_a_node_killed_during_bulk_loses_and_doubles_nothing(tmp_path: Path) -> None:
    node = LocalElasticsearch(tmp_path, free_ports(1)[0])
    node.start()
    config = elastic_config(node.address)
    index = ElasticIndex.open(config)
    Schema(index.client, index.layout).apply()
    log = entries(mixed(3_000))
    sent = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for first in range(0, len(log), 200):
                until_taken(index.writer, log[first : first + 200])
                if first >= 1_000:
                    sent.set()
        except BaseException as error:
            failures.append(error)
        finally:
            sent.set()

    assert node.process.pid is not None
    with reaped(node.process.pid):
        thread = threading.Thread(target=write)
        thread.start()
        assert sent.wait(60)
        node.process.kill()
    node.start()
    assert node.process.pid is not None
    with reaped(node.process.pid):
        thread.join(120)
        assert not thread.is_alive()
        assert failures == []
        assert_truth(index, 3_000)
        index.close()
        node.process.kill()


def test_a_mapping_conflict_rejects_its_records_alone(index: ElasticIndex) -> None:
    layout = index.layout
    wrong = layout.mappings("flows")
    wrong["properties"]["egresswatch.bytes"] = {"type": "ip"}
    month = START + timedelta(days=60)
    index.client.indices.create(
        index=layout.index("flows", month), aliases={layout.alias("flows"): {}}, mappings=wrong
    )
    batch = entries([flow(1), flow(2, timestamp=month, service="secret-service"), flow(3)])
    (rejected,) = index.writer.write(batch)
    assert rejected.entry is batch[1]
    assert rejected.reason == "index-400"
    assert "egresswatch.bytes" in rejected.problem
    assert "secret" not in rejected.problem
    assert index.search("flows").total == 2


def test_a_field_that_no_mapping_has_is_refused(index: ElasticIndex) -> None:
    index.add_flows([flow(1)])
    stranger = Item(
        b'{"create": {"_index": "%b"}}' % index.layout.index("flows", START).encode(),
        b'{"@timestamp": "2026-01-05T12:00:00Z", "secret": 1}',
        None,
    )
    (answer,) = index.writer._bulk.send([stranger], 1)
    assert (answer.fate, answer.reason) == ("refused", "index-400")
    assert "strict_dynamic_mapping_exception" in answer.problem
    assert "secret" not in answer.problem
    known = index.client.indices.get_mapping(index=index.layout.alias("flows")).body
    assert all("secret" not in one["mappings"]["properties"] for one in known.values())


def test_an_index_deleted_meanwhile_is_made_again(index: ElasticIndex) -> None:
    index.add_flows([flow(1)])
    index.client.indices.delete(index=index.layout.index("flows", START))
    assert index.writer.write(entries([flow(2)])) == []
    assert index.search("flows").total == 1


def test_a_tripped_circuit_breaker_is_patience_and_smaller_requests(index: ElasticIndex) -> None:
    limit = "indices.breaker.total.limit"
    index.add_flows([flow(0)])
    before = index.writer._bulk.size.bytes
    batch = entries([flow(n, trace_id="t" * 500) for n in range(200)])
    index.client.cluster.put_settings(transient={limit: "1%"})
    try:
        with pytest.raises(IndexUnavailableError) as busy:
            index.writer.write(batch)
    finally:
        index.client.cluster.put_settings(transient={limit: None})
    assert busy.value.cause == "busy"
    assert index.writer._bulk.size.bytes < before
    first = busy.value.wait
    assert 0 < first <= 0.5
    assert index.writer.write(batch) == []
    assert index.search("flows").total == 200


def test_a_request_too_large_is_cut_and_one_record_too_large_rejected(index: ElasticIndex) -> None:
    writer = ElasticWriter(index.client, index.layout, refresh=True)
    writer._bulk._client = _Refusing(index.client, over=3)  # pyright: ignore
    assert writer.write(entries([flow(n) for n in range(20)])) == []
    assert index.search("flows").total == 20
    writer._bulk._client = _Refusing(index.client, over=0)  # pyright: ignore
    (rejected,) = writer.write(entries([flow(99)]))
    assert rejected.reason == "index-too-large"
    writer._bulk.close()


class _Refusing:
    """A real client behind a proxy that takes few documents at a time, as one with a body limit
    does: the node's own limit is at 100 MB."""

    def __init__(self, client: object, over: int) -> None:
        self._client, self._over = client, over

    def bulk(self, operations: list[bytes], **arguments: object) -> object:
        from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
        from elasticsearch import ApiError

        if len(operations) // 2 > self._over:
            node = NodeConfig("http", "127.0.0.1", 1)
            meta = ApiResponseMeta(413, "1.1", HttpHeaders(), 0.0, node)
            raise ApiError("too large", meta, None)
        return self._client.bulk(operations=operations, **arguments)  # pyright: ignore


# the embedded runner's copy

Connect = Callable[[], sqlite3.Connection]


@pytest.fixture
def database(tmp_path: Path) -> Generator[Connect]:
    first = open_database(tmp_path)
    path = tmp_path / "egresswatch.db"
    store = EmbeddedStore(first, copied=True)
    with store.transaction():
        for record in mixed(100):
            _put(store, record)
    yield lambda: connect(path)
    first.close()


def _put(store: EmbeddedStore, record: Record) -> None:
    index = store.index
    match type(record).__name__:
        case "Flow":
            index.add_flows([record])  # pyright: ignore
        case "PartialSum":
            index.add_sums([record])  # pyright: ignore
        case "Finding":
            index.add_findings([record])  # pyright: ignore
        case "Alert":
            index.put_alerts([record])  # pyright: ignore
        case _:
            index.add_dead_letters([record])  # pyright: ignore


def test_the_copy_has_all_and_the_queue_is_empty(index: ElasticIndex, database: Connect) -> None:
    copier = Copier(database, index.writer, ManualClock(START))
    copier.drain()
    assert_truth(index, 100)
    with closing(database()) as connection:
        queue = CopyQueue.find(connection)
        assert queue is not None
        assert queue.waiting() == 0


def test_away_for_ten_minutes_is_told_and_then_made_good(
    index: ElasticIndex, database: Connect
) -> None:
    config = index.layout.config
    (nobody,) = free_ports(1)
    away = config.model_copy(update={"urls": [f"http://127.0.0.1:{nobody}"]})
    clock = ManualClock(START)
    said: list[str] = []
    writer = ElasticWriter(away.connect(), Layout(away))
    copier = Copier(database, writer, clock, said.append)
    with closing(database()) as connection:
        waits = [copier.copy(connection) for _ in range(9)]
        assert waits[-1] > waits[0]
        assert all(0 < wait <= 60 for wait in waits)
        assert said == []  # a restart of the node is nobody's business
        clock.advance(2 * PATIENCE.total_seconds())
        copier.copy(connection)
        (problem,) = said
        assert "does not answer" in problem

        copier.writer.close()
        copier.writer = index.writer
        copier.drain()
        assert copier.failure == ""
        assert said == [problem, ""]  # and that it is over
    index.add_flows([flow(0)])
    assert index.search("flows").total == 100


def test_an_index_that_takes_no_writes_is_told_at_once(
    index: ElasticIndex, database: Connect
) -> None:
    name = index.layout.index("flows", START)
    index.add_flows([flow(0)])
    # not read_only_allow_delete: the node's disk monitor lifts that when it sees room
    block = "index.blocks.read_only"
    index.client.indices.put_settings(index=name, settings={block: True})
    said: list[str] = []
    copier = Copier(database, index.writer, ManualClock(START), said.append)
    with closing(database()) as connection:
        assert copier.copy(connection) > 0
        assert "takes no writes" in copier.failure
        assert len(said) == 1
        index.client.indices.put_settings(index=name, settings={block: None})
        copier.drain()
        assert said[-1] == ""
    index.writer.write([])
    index.add_flows([flow(0)])
    assert index.search("flows").total == 100
