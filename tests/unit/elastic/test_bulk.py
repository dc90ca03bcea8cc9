"""What an item of a bulk answer means, and that no value of a record gets into its text."""

import pytest
from elasticsearch import Elasticsearch

from alerts.index.elastic.bulk import LARGEST, SMALLEST, Bulk, Item, RequestSize, outcome

ITEM = Item(b"{}", b"{}", "what it is for")


@pytest.mark.parametrize(
    ("status", "kind", "fate"),
    [
        (200, "", "done"),
        (201, "", "done"),
        (409, "version_conflict_engine_exception", "conflict"),
        (404, "index_not_found_exception", "missing"),
        (429, "es_rejected_execution_exception", "busy"),
        (429, "circuit_breaking_exception", "busy"),
        (503, "unavailable_shards_exception", "busy"),
        (403, "cluster_block_exception", "blocked"),
        (429, "cluster_block_exception", "blocked"),  # what the flood stage answers
        (400, "document_parsing_exception", "refused"),
        (400, "strict_dynamic_mapping_exception", "refused"),
    ],
)
def test_each_status_has_its_fate(status: int, kind: str, fate: str) -> None:
    told = {"status": status, **({"error": {"type": kind, "reason": "x"}} if kind else {})}
    assert outcome(ITEM, told).fate == fate


def test_a_full_disk_is_called_so() -> None:
    reason = "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark"
    error = {"type": "cluster_block_exception", "reason": reason}
    assert "disk of a node is full" in outcome(ITEM, {"status": 429, "error": error}).problem


def test_the_field_is_named_and_the_value_is_not() -> None:
    reason = (
        "[1:23] failed to parse field [egresswatch.bytes] of type [long] in document with id "
        "'zoe@example.com'. Preview of field's value: 'zoe@example.com'"
    )
    told = {"status": 400, "error": {"type": "document_parsing_exception", "reason": reason}}
    _, fate, code, problem = outcome(ITEM, told)
    assert (fate, code) == ("refused", "index-400")
    assert "egresswatch.bytes" in problem
    assert "zoe" not in problem


def test_requests_grow_while_full_ones_go_well_and_halve_when_not() -> None:
    size = RequestSize()
    start = size.bytes
    size.went_well(10)
    assert size.bytes == start
    size.went_well(start)
    assert size.bytes > start
    for _ in range(100):
        size.went_well(size.bytes)
    assert size.bytes == LARGEST
    for _ in range(100):
        size.was_too_much()
    assert size.bytes == SMALLEST


def test_requests_hold_all_items_in_order_within_both_bounds() -> None:
    bulk = Bulk(Elasticsearch("http://127.0.0.1:9"), 2)
    bulk.size.bytes = 1_000
    items = [Item(b"a" * 10, b"s" * (37 * n % 400), n) for n in range(100)]
    items.append(Item(b"a", b"s" * 5_000, 100))  # larger than any request goes alone
    requests = list(bulk._cut(items, 4))
    assert [item for request in requests for item in request] == items
    assert all(len(request) <= 4 for request in requests)
    sizes = [sum(len(one.action) + len(one.source) + 2 for one in some) for some in requests]
    assert all(size <= 1_000 for size in sizes[:-1])
    assert len(requests[-1]) == 1
    bulk.close()
