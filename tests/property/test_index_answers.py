"""For any records and any query, the index answers what the query's meaning in Python says."""

import sqlite3
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.index.base import Index, What
from alerts.index.sqlite import SqliteIndex
from detectors.records import Record, encode
from detectors.windows import key_of, merge
from tests.support.index_oracle import FIELDS, Query, queries, values
from tests.support.index_records import RECORD_LISTS

KINDS: tuple[What, ...] = get_args(What)


def filled(what: What, records: list[Any]) -> SqliteIndex:
    index = SqliteIndex.create(sqlite3.connect(":memory:"))
    add(index, what, records)
    return index


def add(index: Index, what: What, records: list[Any]) -> None:
    {
        "flows": index.add_flows,
        "sums": index.add_sums,
        "findings": index.add_findings,
        "alerts": index.put_alerts,
        "dead-letters": index.add_dead_letters,
    }[what](records)


def distinct(what: What, records: list[Any]) -> list[Record]:
    """The records as the index should hold them."""
    if what != "sums":
        return records
    merged: dict[Any, Any] = {}
    for record in records:
        key = key_of(record)
        merged[key] = merge(merged[key], record) if key in merged else record
    return list(merged.values())


def lines(documents: list[Any]) -> list[bytes]:
    return sorted(msgspec.json.encode(document) for document in documents)


@pytest.mark.parametrize("what", KINDS)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_sql_answers_as_python_does(what: What, data: st.DataObject) -> None:
    records = data.draw(RECORD_LISTS[what])
    query, meaning = data.draw(queries(what))
    expected = sorted(encode(r) for r in distinct(what, records) if meaning(r))
    page = filled(what, records).search(what, query)
    assert lines(page.rows) == expected
    assert page.total == len(expected)


@pytest.mark.parametrize("what", KINDS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_top_counts_as_python_does(what: What, data: st.DataObject) -> None:
    records = data.draw(RECORD_LISTS[what])
    name = data.draw(st.sampled_from(sorted(set(FIELDS[what]) - {"@timestamp"})))
    _, kind = FIELDS[what][name]
    if kind in {"time", "real"}:
        return
    counts: dict[str, int] = {}
    for record in distinct(what, records):
        for value in set(values(record, name, kind)):
            shown = str(value).lower() if kind == "bool" else str(value)
            counts[shown] = counts.get(shown, 0) + 1
    found = filled(what, records).top(what, name, limit=1_000)
    assert dict(found) == counts
    assert [n for _, n in found] == sorted(counts.values(), reverse=True)


@settings(deadline=None, max_examples=60)
@given(
    records=RECORD_LISTS["flows"],
    later=RECORD_LISTS["flows"],
    query=queries("flows"),
    size=st.integers(1, 5),
)
def test_paging_gives_each_record_once_while_more_arrive(
    records: list[Any], later: list[Any], query: Query, size: int
) -> None:
    index = filled("flows", records)
    text, meaning = query
    seen: list[dict[str, Any]] = []
    page = index.search("flows", text, limit=size)
    waiting = [msgspec.structs.replace(one, id=f"later-{one.id}") for one in later]
    while True:
        seen += page.rows
        if not page.after:
            break
        index.add_flows([waiting.pop()] if waiting else [])
        page = index.search("flows", text, limit=size, after=page.after)
    ids = [row["event.id"] for row in seen]
    first = [one.id for one in records if meaning(one)]
    assert len(ids) == len(set(ids))
    assert [one for one in ids if not one.startswith("later-")] == [
        one for one in ids if one in set(first)
    ]
    assert set(first) <= set(ids)
    times = [row["@timestamp"] for row in seen]
    assert times == sorted(times, reverse=True)
