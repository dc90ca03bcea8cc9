"""Whatever is asked, Elasticsearch answers or we refuse; no query is an error of the cluster."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alerts.index.base import QueryError
from alerts.index.elastic.index import ElasticIndex
from detectors.records import CategoryCount
from tests.property.test_index_hostile import SYNTAX
from tests.support.index_records import flow
from tests.support.indexes import (
    ElasticIndexes,
    elastic_indexes,  # noqa: F401 - a fixture
)


@pytest.fixture(scope="module")
def index(elastic_indexes: ElasticIndexes) -> ElasticIndex:  # noqa: F811 - the fixture
    made = elastic_indexes.empty()
    made.add_flows(
        [
            flow(
                n,
                service="a" * 200,
                trace_id="b" * 200,
                categories=(CategoryCount(name="user", values=1, fields=(f"$.f{n}.email",)),),
            )
            for n in range(500)
        ]
    )
    return made


def alternating(levels: int) -> str:
    text = "service:x"
    for n in range(levels):
        text = f"bytes:1 {'AND' if n % 2 else 'OR'} ({text})"
    return text


HOSTILE = [
    "service:" + "*a?" * 4 + "*",
    "trace:" + "b*" * 8 + "c",
    " OR ".join(f"field:*q{n}*z*y*x*w*v*u" for n in range(8)),
    " OR ".join(f"service:s{n}" for n in range(256)),
    "NOT " * 31 + "service:x",
    *(alternating(levels) for levels in (1, 5, 15, 16)),
    "(" * 30 + "service:x" + ")" * 30,
    "bytes:[0 TO 4611686018427387904]",
    "@timestamp:[0001-01-01 TO 9999-12-31]",
    "@timestamp:{* TO 0001-01-01}",
    "@timestamp:>9999-12-30",
    "@timestamp:<1970-01-01",
    "@timestamp:[2262-01-01 TO 2263-01-01]",
    'service:"ctx._source.remove(\\"x\\")"',
    'service:"{\\"script\\": {\\"source\\": \\"1\\"}}"',
    "service:\\{\\{#toJson\\}\\}",
    'service:"' + "x" * 3_900 + '"',
    "\u202e AND service:\ud83d\ude00*",
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: repr(query[:30]))
def test_hostile_queries_are_answered_or_refused(index: ElasticIndex, query: str) -> None:
    try:
        found = index.search("flows", query, limit=1)
    except QueryError:
        return
    assert 0 <= found.total <= 500
    index.top("flows", "field", query)
    index.timeline("flows", EVERY, query, by="field")


EVERY = timedelta(minutes=1)


@settings(
    deadline=None,
    max_examples=150,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.lists(SYNTAX, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_is_answered_or_refused(index: ElasticIndex, query: str) -> None:
    try:
        found = index.search("flows", query, limit=1)
    except QueryError:
        return
    assert 0 <= found.total <= 500


def test_nothing_was_changed_by_asking(index: ElasticIndex) -> None:
    for query in HOSTILE:
        try:
            index.span("flows", query)
        except QueryError:
            continue
    assert index.search("flows").total == 500
