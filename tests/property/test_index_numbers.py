"""Counts, timelines, first and last times and people are what plain Python makes of the records."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.index.base import What
from alerts.index.compare import Period, compare, inventory
from alerts.index.fields import COLLECTIONS
from tests.property.test_index_answers import KINDS, distinct, filled
from tests.support import index_stats
from tests.support.index_oracle import FIELDS, queries
from tests.support.index_records import RECORD_LISTS, START

EVERY = st.sampled_from([timedelta(minutes=7), timedelta(hours=1), timedelta(days=1)])


def text_fields(what: What) -> list[str]:
    return sorted(
        name
        for name, (_, kind) in FIELDS[what].items()
        if kind not in {"time", "real"} and name != "@timestamp"
    )


def measures(what: What) -> list[str]:
    amounts = {name for name, (_, kind) in FIELDS[what].items() if kind == "int"}
    return ["", *sorted(amounts - {"destination.port", "http.response.status_code"})]


@pytest.mark.parametrize("what", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_span_and_seen(what: What, data: st.DataObject) -> None:
    records = data.draw(RECORD_LISTS[what])
    query, meaning = data.draw(queries(what))
    name = data.draw(st.sampled_from(text_fields(what)))
    index = filled(what, records)
    kept = [one for one in distinct(what, records) if meaning(one)]
    assert index.span(what, query) == index_stats.span(kept)
    found = index.seen(what, name, query)
    expected = index_stats.seen(kept, name, FIELDS[what][name][1])
    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda one: (-one.records, found.index(one)))


@pytest.mark.parametrize("what", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data(), every=EVERY)
def test_timeline_and_measures(what: What, data: st.DataObject, every: timedelta) -> None:
    records = data.draw(RECORD_LISTS[what])
    query, meaning = data.draw(queries(what))
    name = data.draw(st.sampled_from(text_fields(what)))
    kind = FIELDS[what][name][1]
    index = filled(what, records)
    kept = [one for one in distinct(what, records) if meaning(one)]
    for by, by_kind in (("", ""), (name, kind)):
        found = index.timeline(what, every, query, by=by, limit=1_000)
        assert found.starts == sorted(found.starts)
        counted = {
            value: {
                start: count for start, count in zip(found.starts, counts, strict=True) if count
            }
            for value, counts in found.series.items()
        }
        assert counted == index_stats.timeline(kept, every, by, by_kind)
    measure = data.draw(st.sampled_from(measures(what)))
    totals = index.top(what, name, query, measure=measure, limit=1_000)
    assert dict(totals) == dict(index_stats.top(kept, name, kind, measure))
    assert [n for _, n in totals] == sorted((n for _, n in totals), reverse=True)


@settings(deadline=None, max_examples=60)
@given(records=RECORD_LISTS["sums"], data=st.data())
def test_people(records: list[Any], data: st.DataObject) -> None:
    query, meaning = data.draw(queries("sums"))
    hours = st.none() | st.integers(-80, 80)
    since, until = (
        None if hour is None else START + timedelta(hours=hour)
        for hour in (data.draw(hours), data.draw(hours))
    )
    kept = [
        one
        for one in distinct("sums", records)
        if meaning(one)
        and (since is None or one.window >= since)
        and (until is None or one.window < until)
    ]
    found = filled("sums", records).subjects(query, since=since, until=until)
    assert found == index_stats.subjects(kept)


@settings(deadline=None, max_examples=60)
@given(records=RECORD_LISTS["flows"])
def test_comparing_and_the_inventory(records: list[Any]) -> None:
    index = filled("flows", records)
    before, after = Period(None, START), Period(START, None)
    changes = compare(index, "flows", "service", before=before, after=after)
    halves = [
        index_stats.top([one for one in records if (one.timestamp < START) == early], *SERVICE)
        for early in (True, False)
    ]
    assert {one.value: (one.before, one.after) for one in changes} == {
        value: (halves[0][value], halves[1][value]) for value in halves[0].keys() | halves[1].keys()
    }
    sizes = [abs(one.difference) for one in changes]
    assert sizes == sorted(sizes, reverse=True)

    pairs: dict[tuple[str, str], int] = {}
    for one in records:
        for pair in {(c.name, path) for c in one.categories for path in c.fields}:
            pairs[pair] = pairs.get(pair, 0) + 1
    uses = inventory(index)
    assert {(one.category, one.field): one.flows for one in uses} == pairs


SERVICE = ("service.name", "text")


def test_every_field_of_the_oracle_is_one_of_the_index() -> None:
    for what, fields in FIELDS.items():
        assert set(fields) <= {field.name for field in COLLECTIONS[what].fields}
