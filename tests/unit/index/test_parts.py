"""Flows and sums taken apart come together again, and many share a shape."""

import sqlite3
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings

from alerts.index.sqlite import SqliteIndex, rows
from alerts.index.sqlite.parts import FLOW_PARTS, SUM_PARTS
from alerts.index.sqlite.rows import Shaper
from alerts.index.sqlite.tables import FLOW_TABLE
from detectors.records import CategoryCount, Suppressed, Uninspected, encode
from tests.support.index_records import RECORD_LISTS, flow, partial_sum


@settings(deadline=None, max_examples=100)
@given(flows=RECORD_LISTS["flows"], sums=RECORD_LISTS["sums"])
def test_a_shape_has_nothing_of_its_own_and_its_key_tells_it(
    flows: list[Any], sums: list[Any]
) -> None:
    for records, parts in ((flows, FLOW_PARTS), (sums, SUM_PARTS)):
        shapes = {parts.key(one): encode(parts.shape(one)) for one in records}
        for one in records:
            assert encode(parts.shape(one)) == shapes[parts.key(one)]
            assert encode(parts.shape(parts.shape(one))) == shapes[parts.key(one)]
        assert len(set(shapes.values())) == len(shapes)


def test_which_number_is_whose_is_not_forgotten() -> None:
    counted = flow(
        1,
        rows=1,
        size=2,
        inspected=3,
        categories=(
            CategoryCount(name="user.name", values=4),
            CategoryCount(name="user.contact", values=2**70),
        ),
        uninspected=(Uninspected(reason="truncated", bytes=6),),
        suppressed=(Suppressed(reason="threshold", values=7),),
    )
    index = SqliteIndex.create(sqlite3.connect(":memory:"))
    index.add_flows([counted])
    index.add_sums([partial_sum(events=2**70, values=0, size=2**63)])
    assert index.search("flows").rows[0]["egresswatch.categories"][1]["values"] == 2**70
    (stored,) = index.sums()
    assert stored == partial_sum(events=2**70, values=0, size=2**63)


def test_times_come_back_in_utc() -> None:
    index = SqliteIndex.create(sqlite3.connect(":memory:"))
    index.add_flows([flow(1, timestamp=datetime.fromisoformat("2026-01-05T01:00:00.000001+02:00"))])
    assert index.search("flows").rows[0]["@timestamp"] == "2026-01-04T23:00:00.000001Z"


def test_few_shapes_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SHAPES_KEPT", 2)
    shaper = Shaper(FLOW_TABLE, FLOW_PARTS)
    flows = [flow(n, service=f"s{n % 5}") for n in range(20)]
    apart = shaper.apart(flows)
    assert len(apart.shapes) == 5
    assert [shaper.number(one) for one in flows] == [row[-2] for row in apart.rows]
