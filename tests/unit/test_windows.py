from datetime import timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from detectors.distinct import estimate, sketch
from detectors.records import PartialSum
from detectors.traces import pack
from detectors.windows import BEGINNING, NAMES_KEPT, Watermark, merge, minute_of
from tests.support.moments import at

NOW = at(0, day=30)
names = st.lists(st.sampled_from([f"n{i:02d}" for i in range(60)]), unique=True, max_size=40)


@st.composite
def partial_sums(draw: st.DrawFn) -> PartialSum:
    def kept() -> tuple[str, ...]:
        return tuple(sorted(draw(names))[:NAMES_KEPT])

    return PartialSum(
        window=at(3),
        channel="egress",
        subprocessor="stripe",
        category="user.contact.email",
        registered=draw(st.booleans()),
        events=draw(st.integers(0, 1000)),
        size=draw(st.integers(0, 1000)),
        values=draw(st.integers(0, 1000)),
        subjects=sketch(draw(st.lists(st.integers(0, 300), max_size=200))),
        destinations=kept(),
        fields=kept(),
        regions=kept(),
        principals=kept(),
        traced=draw(st.integers(0, 1000)),
        traces=pack(draw(st.dictionaries(st.integers(0, 400), st.integers(0, 9), max_size=200))),
    )


@given(st.lists(partial_sums(), min_size=1, max_size=5), st.randoms())
def test_sums_merge_to_the_same_bytes_in_any_order_and_grouping(parts, random) -> None:
    in_order = reduce(merge, parts)
    shuffled = list(parts)
    random.shuffle(shuffled)
    cut = random.randrange(len(shuffled))
    left, right = shuffled[:cut], shuffled[cut:]
    grouped = merge(reduce(merge, left), reduce(merge, right)) if left else reduce(merge, right)

    assert in_order == grouped
    assert in_order.events == sum(part.events for part in parts)


@given(st.sets(st.integers(0, 2**63 - 1), max_size=300), st.randoms())
def test_a_sketch_depends_only_on_the_set_of_subjects(subjects, random) -> None:
    ordered = sorted(subjects)
    shuffled = [*ordered, *ordered[:7]]
    random.shuffle(shuffled)

    assert sketch(ordered) == sketch(shuffled)
    count = estimate(sketch(ordered))
    assert count.low <= count.value <= count.high
    assert abs(count.value - len(subjects)) <= max(2, 0.08 * len(subjects))


def test_no_subjects_are_no_bytes() -> None:
    assert sketch([]) == b""
    assert estimate(b"") == (0, 0, 0)


def test_a_watermark_follows_the_newest_time_at_its_allowance() -> None:
    watermark = Watermark(timedelta(minutes=5))
    assert watermark.value == BEGINNING

    assert not watermark.observe(at(10), NOW)
    assert watermark.value == at(9, 55)
    assert not watermark.observe(at(9, 59), NOW)
    assert watermark.value == at(9, 55), "an older event does not turn time back"


def test_a_record_is_late_once_its_whole_minute_is_behind_the_watermark() -> None:
    watermark = Watermark(timedelta(minutes=5))
    watermark.observe(at(10, 0, 30), NOW)

    assert not watermark.observe(at(9, 55, 0), NOW), (
        "09:55 ends at 09:56, the watermark is at 09:55:30"
    )
    assert watermark.observe(at(9, 54, 59), NOW)


def test_minutes_start_at_second_zero() -> None:
    assert minute_of(at(1, 2, 59)) == at(1, 2)


def test_a_clock_that_is_ahead_makes_nobody_else_late() -> None:
    watermark = Watermark(timedelta(minutes=5))
    watermark.observe(at(10), at(10))
    watermark.observe(at(10, 50), at(10, 1))
    assert watermark.value == at(9, 56)
    assert not watermark.observe(at(10, 1), at(10, 1))
