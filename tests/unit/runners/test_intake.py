"""Reading many partitions as one stream: order, lateness, watermarks, idleness."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from detectors.windows import BEGINNING
from monitor.clock import ManualClock
from monitor.runners.intake import Batch, Intake, IntakeSettings
from monitor.sources.base import Position
from monitor.state.store import Progress
from tests.support.moments import MONDAY, at
from tests.support.partitions import ListPartition, ListSource, MomentFormat

NOON = at(12, day=30)


def intake(
    *partitions: ListPartition,
    stored: dict[str, Progress] | None = None,
    clock: ManualClock | None = None,
    **settings: object,
) -> Intake:
    made = Intake(
        [ListSource(*partitions)],
        lambda _: MomentFormat(),
        clock or ManualClock(NOON),
        IntakeSettings(**settings),
    )
    made.open(stored or {})
    return made


def moments(batch: Batch) -> list[tuple[int, int]]:
    return [(i.event.timestamp.hour, i.event.timestamp.minute) for i in batch.incoming]


def test_the_partition_that_is_furthest_behind_is_read_next() -> None:
    reading = intake(
        ListPartition("a", [at(1), at(5), at(6)]), ListPartition("b", [at(2), at(3), at(7)])
    )
    assert moments(reading.read()) == [(1, 0), (2, 0), (5, 0), (3, 0), (7, 0), (6, 0)]


def test_the_watermark_is_that_of_the_slowest_partition_that_still_speaks() -> None:
    reading = intake(
        ListPartition("a", [at(1), at(5), None], ends=False),
        ListPartition("b", [at(2), at(9)]),
        records=3,
    )
    reading.read()
    assert reading.watermark == at(1, 55), "b is at 02:00, a at 05:00, five minutes are allowed"
    reading.read()
    assert reading.watermark == at(4, 55), "b has ended"
    assert reading.newest == at(9)


def test_a_record_is_late_by_what_came_before_it_in_its_own_partition() -> None:
    reading = intake(ListPartition("a", [at(3), at(2), at(2, 58)]), ListPartition("b", [at(1)]))
    late = {
        (i.event.timestamp.hour, i.event.timestamp.minute): i.late for i in reading.read().incoming
    }
    assert late == {(3, 0): False, (2, 0): True, (2, 58): False, (1, 0): False}


def test_broken_and_implausible_records_become_dead_letters_by_reference() -> None:
    future = NOON + timedelta(hours=2)
    reading = intake(ListPartition("a", [at(1), "jane@x.com", MONDAY.replace(year=1999), future]))

    batch = reading.read()

    assert [(one.reason, one.partition, one.offset) for one in batch.dead_letters] == [
        ("malformed", "a", 1),
        ("implausible-timestamp", "a", 2),
        ("future-timestamp", "a", 3),
    ]
    assert {one.timestamp for one in batch.dead_letters} == {at(1)}
    assert "jane" not in str(batch.dead_letters)
    assert batch.records == 4
    assert batch.progress["a"].position == Position(offset=4)
    assert reading.newest == at(1), "a clock in the future moves nobody's watermark"


@given(
    st.lists(st.lists(st.integers(0, 600), max_size=12), min_size=1, max_size=4),
    st.lists(st.integers(1, 7), min_size=1),
    st.data(),
)
def test_batches_and_restarts_do_not_change_the_stream(minutes, sizes, data) -> None:
    def partitions() -> list[ListPartition]:
        return [
            ListPartition(f"p{n}", [MONDAY + timedelta(minutes=m) for m in some])
            for n, some in enumerate(minutes)
        ]

    whole = intake(*partitions(), records=1000)
    expected = [(i.id, i.late) for i in whole.read().incoming]

    stored: dict[str, Progress] = {}
    found: list[tuple[str, bool]] = []
    watermarks = [BEGINNING]
    reading = intake(*partitions(), records=sizes[0])
    for size in sizes * (1 + len(expected)):
        if data.draw(st.booleans()):
            reading = intake(*partitions(), records=size, stored=dict(stored))
        batch = reading.read()
        stored.update(batch.progress)
        found += [(i.id, i.late) for i in batch.incoming]
        watermarks.append(reading.watermark)
        if reading.exhausted:
            break
    assert found == expected


def test_a_silent_partition_holds_time_back_for_the_idle_time_only() -> None:
    clock = ManualClock(NOON)
    busy = ListPartition("busy", [at(3)], ends=False)
    quiet = ListPartition("quiet", [at(1)], ends=False)
    mute = ListPartition("mute", [], ends=False)
    reading = intake(busy, quiet, mute, clock=clock, idle=timedelta(minutes=1))
    reading.read()
    assert reading.watermark == BEGINNING, "mute may still have something old"

    clock.advance(60)
    busy.items.append(at(4))
    reading.read()
    assert reading.watermark == at(3, 55), "only busy speaks"
    assert reading.pass_time() == {}, "its event time goes on by its events"

    quiet.items.append(at(3, 58))
    assert [one.late for one in reading.read().incoming] == [False]
    assert reading.watermark == at(3, 55), "never back"


def test_where_all_are_silent_event_time_goes_on_with_the_clock() -> None:
    clock = ManualClock(NOON)
    reading = intake(
        ListPartition("a", [at(3)], ends=False),
        ListPartition("b", [at(1)], ends=False),
        clock=clock,
        idle=timedelta(minutes=1),
    )
    reading.read()
    assert reading.pass_time() == {}
    clock.advance(60)
    assert {name: one.event_time for name, one in reading.pass_time().items()} == {
        "a": at(3, 1),
        "b": at(1, 1),
    }
    assert reading.watermark == at(2, 56)
    clock.advance(30)
    assert reading.pass_time() == {}, "less than a minute since time last passed"
    clock.advance(90)
    reading.pass_time()
    assert reading.watermark == at(2, 58)


def test_a_batch_ends_at_its_number_of_records_or_its_size() -> None:
    items = [at(1, minute) for minute in range(10)]
    assert intake(ListPartition("a", items), records=4).read().records == 4
    assert intake(ListPartition("a", items), size=50).read().records == 2


def test_an_id_that_may_hold_data_is_hashed() -> None:
    from monitor.runners.intake import storable_id

    assert storable_id("req-12.3:4") == "req-12.3:4"
    for given_id in ("jane@x.com", "Jane Doe", "x" * 200, "ä"):
        assert storable_id(given_id) != given_id
        assert storable_id(given_id) == storable_id(given_id)
    assert storable_id("") == ""


def test_whoever_is_waited_for_is_read_before_an_older_backlog() -> None:
    backlog = ListPartition("backlog", [at(1, minute) for minute in range(50)])
    asked = ListPartition("asked", [at(9), at(9, 1)], ends=False)
    asked.urgent = True
    reading = intake(backlog, asked, records=10)
    batch = reading.read()
    assert set(batch.progress) == {"backlog", "asked"}
    assert asked.at == 2
    assert batch.records == 10


def test_a_partition_of_nothing_but_garbage_does_not_starve_the_others() -> None:
    garbage = ListPartition("a", ["x"] * 100)
    reading = intake(garbage, ListPartition("b", [at(1)] * 100), records=10)
    for _ in range(3):
        batch = reading.read()
        assert len(batch.incoming) >= 4
        assert len(batch.dead_letters) >= 4
