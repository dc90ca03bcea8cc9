"""What comes in wrong, late, twice, too early or not at all: bounded, counted, and told once."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import msgspec
import pytest

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum, RecordError, decode, encode
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import pack
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_baseline import EMAIL, baseline, merged, part, quiet_weeks, run
from tests.unit.anomaly.test_counterpart import learnt, parts

FLOOD = 120
"""New names a minute: over an hour seven times as many as there may be keys."""
MOST = 1_000


def rows_of(stage: Baseline) -> list[bytes]:
    return stage.rows.pack(stage.rows.alive().tolist())


def test_a_clock_that_is_ahead_changes_no_finding() -> None:
    """One service's sums come up to an hour before their time."""
    sums = [*quiet_weeks(9), *quiet_weeks(9, per_hour=8, service="web")]
    sums += [part(at(3, 5, day=8), 400), part(at(3, 5, day=8), 300, service="web")]
    sums.sort(key=lambda one: one.window)
    expected = merged(run(baseline(), sums, at(0, day=9)))

    ahead = timedelta(minutes=59)
    early = sorted(sums, key=lambda one: one.window - ahead * (one.service == "web"))
    stage, found = baseline(), list[Finding]()
    for one in early:
        clock = one.window - ahead * (one.service == "web")
        found += run(stage, [one], clock)
    found += run(stage, [], at(0, day=9))

    assert merged(found) == expected
    assert expected


def test_a_replay_of_what_is_closed_is_counted_and_changes_nothing() -> None:
    sums = list(quiet_weeks(9))
    stage = baseline()
    run(stage, sums, at(0, day=9))
    before = rows_of(stage)
    known = {whose: msgspec.msgpack.encode(one) for whose, one in stage.known.of.items()}

    assert run(stage, sums, at(0, day=9)) == []

    assert rows_of(stage) == before
    assert {whose: msgspec.msgpack.encode(one) for whose, one in stage.known.of.items()} == known
    requests = sum(one.events for one in sums if one.category == ANY_CATEGORY)
    assert stage.progress.late_events == requests
    assert not stage.pending


def test_a_duplicate_of_a_closed_minute_is_late_and_no_burst() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(9)), at(3, 21, day=9))
    last = part(at(3, 20, day=8), 30)
    assert run(stage, [last] * 50, at(3, 22, day=9)) == []


def test_after_a_week_without_any_data_nobody_is_silent_nor_alone() -> None:
    """A read was the last that came before the feeds of all went away."""
    stage = baseline()
    usual = [*learnt(), *learnt(service="mailer", to="mailgun")]
    run(stage, [*usual, *parts(at(0, 10, day=5), "access", 500)], at(0, 20, day=5))
    later = [
        msgspec.structs.replace(one, window=one.window + timedelta(days=14))
        for one in usual
        if one.window < at(0, day=1)
    ]
    assert run(stage, later, at(0, day=15)) == []


def flood(minutes: int, *, subprocessors: bool = False) -> Iterator[list[PartialSum]]:
    for minute in range(minutes):
        window = at(0, minute, day=3)
        names = [f"job-{minute}-{number}" for number in range(FLOOD)]
        yield [
            part(window, 1, category=ANY_CATEGORY, subprocessor=f"{name}.example")
            if subprocessors
            else part(window, 1, category=ANY_CATEGORY, service=name)
            for name in names
        ]


@pytest.mark.parametrize("subprocessors", [False, True], ids=["services", "hosts"])
def test_an_explosion_of_keys_is_bounded_accounted_for_and_told_once(subprocessors: bool) -> None:
    stage, stored = baseline(max_keys=MOST), dict[str, bytes | None]()
    run(stage, list(quiet_weeks(3)), at(0, day=3))
    found = list[Finding]()
    for sums in flood(60, subprocessors=subprocessors):
        found += run(stage, sums, sums[0].window + timedelta(minutes=1))
        assert len(stage.rows.index) <= MOST
        assert len(stage.details) <= MOST
        assert len(stage.known.of) <= 2 * MOST
        stored |= dict(dump_changes(stage))
    found += run(stage, [], at(2, day=3))
    stored |= dict(dump_changes(stage))

    assert [one.rule for one in found].count("key-explosion") == 1
    assert "keys (service and category) never seen before" in found[-1].message
    flooded = [key for key in stage.rows.index if "job-" in "".join(key)]
    progress = stage.progress
    assert len(flooded) + progress.refused_keys + progress.evicted_keys == 60 * FLOOD
    assert ("egress", "hubspot", "crm", EMAIL) in stage.rows.index
    assert ("egress", "hubspot") in stage.known.of
    assert len(stage.known.of) <= MOST
    kept = {name: value for name, value in stored.items() if value is not None}
    restored = baseline(max_keys=MOST)
    restore(restored, kept.items())
    assert restored.rows.index == stage.rows.index
    assert restored.known.of == stage.known.of


def test_generated_field_names_are_bounded() -> None:
    stage, random = baseline(), Random(3)
    run(stage, list(quiet_weeks(9)), at(0, day=9))
    for minute in range(60):
        window = MONDAY + timedelta(days=9, minutes=minute)
        fields = tuple(f"$.{random.random()}" for _ in range(32))
        odd = msgspec.structs.replace(part(window, 32), fields=fields)
        run(stage, [odd], window + timedelta(minutes=1))
    novelty = stage.known.of["egress", "hubspot"].kinds["field"]
    assert len(novelty.waiting) + len(novelty.names) <= 1000


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1e999", "1.5", '"7"', "null"])
@pytest.mark.parametrize("name", ["events", "values", "bytes", "traced"])
def test_what_is_no_whole_number_is_no_sum(name: str, number: str) -> None:
    good = encode(part(at(1), 5)).decode().rstrip("}")
    assert decode(PartialSum, f"{good}}}".encode())
    with pytest.raises(RecordError):
        decode(PartialSum, f'{good},"egresswatch.{name}":{number}}}'.encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": -1},
        {"values": -1},
        {"size": -1},
        {"traced": -1},
        {"traces": b"\x02another format"},
        {"traces": pack({1: 1})[:-1]},
    ],
    ids=str,
)
def test_an_impossible_sum_is_refused_and_counted(wrong: dict[str, object]) -> None:
    stage = baseline()
    bad = msgspec.structs.replace(part(at(1), 5, category=ANY_CATEGORY), **wrong)
    good = part(at(2), 5, category=ANY_CATEGORY, service="shop")
    assert run(stage, [bad, good], at(3)) == []
    assert (stage.progress.refused_sums, len(stage.rows.index)) == (1, 1)
