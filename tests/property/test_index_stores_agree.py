"""Elasticsearch and SQLite give the same answers, for any records and any queries."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alerts.index.base import Index, What
from alerts.index.sqlite import SqliteIndex
from detectors.records import encode
from tests.property.test_index_answers import KINDS, add, distinct, lines
from tests.property.test_index_numbers import measures, text_fields
from tests.support.index_oracle import queries
from tests.support.index_records import RECORD_LISTS, START
from tests.support.indexes import (
    ElasticIndexes,
    elastic_indexes,  # noqa: F401 - a fixture
)

QUESTIONS = 12
"""Queries put to one set of records: filling an index costs more than asking it."""

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: against a real node it takes minutes."""

MOMENTS = st.none() | st.integers(-80, 80).map(lambda n: START + timedelta(hours=n))


@pytest.mark.parametrize("what", KINDS)
@settings(deadline=None, max_examples=10, phases=PHASES)
@given(data=st.data())
def test_both_stores_answer_alike(
    what: What,
    elastic_indexes: ElasticIndexes,  # noqa: F811 - the fixture
    data: st.DataObject,
) -> None:
    records = data.draw(RECORD_LISTS[what])
    with closing(sqlite3.connect(":memory:")) as connection:
        stores: tuple[Index, Index] = (SqliteIndex.create(connection), elastic_indexes.empty())
        for store in stores:
            add(store, what, records)
        for _ in range(QUESTIONS):
            query, meaning = data.draw(queries(what))
            expected = sorted(encode(one) for one in distinct(what, records) if meaning(one))
            for store in stores:
                page = store.search(what, query)
                assert lines(page.rows) == expected
                assert page.total == len(expected)
            agree(what, data, stores, query)


def agree(what: What, data: st.DataObject, stores: tuple[Index, Index], query: str) -> None:
    """All other questions: what one says, the other does."""
    name = data.draw(st.sampled_from(text_fields(what)))
    measure = data.draw(st.sampled_from(measures(what)))
    limit = data.draw(st.sampled_from([1, 2, 1_000]))
    times: dict[str, Any] = {"since": data.draw(MOMENTS), "until": data.draw(MOMENTS)}
    every = data.draw(
        st.sampled_from([timedelta(minutes=7), timedelta(hours=5), timedelta(days=7)])
    )
    one, other = (
        (
            store.top(what, name, query, measure=measure, limit=limit, **times),
            store.seen(what, name, query, limit=limit, **times),
            store.span(what, query, **times),
            store.timeline(what, every, query, by=name, measure=measure, limit=limit, **times),
            store.timeline(what, every, query, measure=measure, **times),
            store.subjects(query, **times) if what == "sums" else None,
        )
        for store in stores
    )
    assert one == other


@settings(deadline=None, max_examples=10, phases=PHASES)
@given(records=RECORD_LISTS["flows"], size=st.integers(1, 5), query=queries("flows"))
def test_pages_hold_the_same_records(
    elastic_indexes: ElasticIndexes,  # noqa: F811 - the fixture
    records: list[Any],
    size: int,
    query: tuple[str, Any],
) -> None:
    index = elastic_indexes.empty()
    index.add_flows(records)
    text, meaning = query
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = index.search("flows", text, limit=size, after=after)
        rows += page.rows
        after = page.after
        if not after:
            break
    assert lines(rows) == sorted(encode(one) for one in records if meaning(one))
    places = [(msgspec.convert(row["@timestamp"], str), row["event.id"]) for row in rows]
    assert [time for time, _ in places] == sorted((time for time, _ in places), reverse=True)
