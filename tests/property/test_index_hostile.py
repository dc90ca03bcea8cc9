"""Whatever is asked, the index answers or refuses, and without a trace in the data."""

import sqlite3
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.index.base import QueryError
from alerts.index.sqlite import SqliteIndex
from detectors.records import CategoryCount
from tests.support.index_records import flow

SYNTAX = st.sampled_from(
    ["(", ")", "[", "]", "{", "}", ":", "*", "?", "AND ", "OR ", "NOT ", "-", "+", '"', "\\", "~",
     "^", "/", ">", "<", "=", " TO ", "category", "bytes", "@timestamp", "service", "_exists_",
     "2026-01-01", "1", "x", "'", ";", " "]
)  # fmt: skip


@pytest.fixture(scope="module")
def index() -> SqliteIndex:
    made = SqliteIndex.create(sqlite3.connect(":memory:"))
    made.add_flows([flow(n, service="a" * 200, trace_id="b" * 200) for n in range(200)])
    return made


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=400)
@given(query=st.lists(SYNTAX, max_size=25).map("".join) | st.text(max_size=60))
@example(query="service:" + "*a?" * 4 + "*")
@example(query="trace:" + "b*" * 8 + "c")
@example(query="(" * 2_000)
@example(query="NOT " * 900)
@example(query="a:" * 1_500)
@example(query=" OR ".join(["service:*aa*b"] * 8))
@example(query="-" * 3_999)
@example(query='"' + "\\" * 3_000)
@example(query="~9999999999999 x~1e999 y^99999")
@example(query="service:a~1.2.3")
@example(query="service:a^1.2.3")
@example(query='"a b"~1.5')
@example(query="bytes:[" + "9" * 3_000 + " TO *]")
def test_any_text_is_answered_or_refused(index: SqliteIndex, query: str) -> None:
    with suppress(QueryError):
        assert 0 <= index.search("flows", query, limit=1).total <= 200
    assert index.search("flows").total == 200


@pytest.mark.timeout(60)
def test_the_dearest_query_allowed_ends() -> None:
    """All the tests and leading wildcards there may be, on as many shapes as a year brings."""
    index = SqliteIndex.create(sqlite3.connect(":memory:"))
    paths = [f"body>json:$.batch[*].traits.field{n}.email" for n in range(5_000)]
    index.add_flows(
        [
            flow(n, categories=(CategoryCount(name="user", values=1, fields=(path,)),))
            for n, path in enumerate(paths)
        ]
    )
    wild = " OR ".join(f"field:*q{n}*z*y*x*w*v*u" for n in range(8))
    assert index.search("flows", wild).total == 0
