"""Sketches against the library that made them."""

from datasketches import cpc_sketch
from hypothesis import given
from hypothesis import strategies as st

from detectors.distinct import LG_K, Estimate, estimate, estimates, merge, sketch

SIZES = st.integers(0, 20_000)


@given(SIZES, SIZES)
def test_an_estimate_is_the_librarys_own(first: int, second: int) -> None:
    both = merge(sketch(range(first)), sketch(range(10_000, 10_000 + second)))
    for _ in range(2):  # as worked out, and as remembered
        assert estimate(both) == librarys(both)


@given(st.lists(SIZES, max_size=5))
def test_many_are_estimated_as_one_by_one(sizes: list[int]) -> None:
    sketches = [sketch(range(size)) for size in sizes] + [raw(size) for size in sizes]
    assert estimates(sketches).tolist() == [estimate(data).value for data in sketches]


def test_a_sketch_that_is_not_merged_is_estimated_by_its_own_history() -> None:
    data = raw(5_000)
    assert estimate(data) == librarys(data)
    assert estimate(data) != estimate(merge(sketch(range(5_000))))


def raw(subjects: int) -> bytes:
    made = cpc_sketch(LG_K)
    for subject in range(subjects):
        made.update(subject)
    return made.serialize()


def librarys(data: bytes) -> Estimate:
    if not data:
        return Estimate(0, 0, 0)
    read = cpc_sketch.deserialize(data)
    return Estimate(
        round(read.get_estimate()), int(read.get_lower_bound(2)), round(read.get_upper_bound(2))
    )
