"""Sketches against the library that made them."""

from datasketches import cpc_sketch
from hypothesis import given
from hypothesis import strategies as st

from detectors.distinct import LG_K, Estimate, estimate, merge, sketch

SIZES = st.integers(0, 20_000)


@given(SIZES, SIZES)
def test_an_estimate_is_the_librarys_own(first: int, second: int) -> None:
    both = merge(sketch(range(first)), sketch(range(10_000, 10_000 + second)))
    for _ in range(2):  # as worked out, and as remembered
        assert estimate(both) == librarys(both)


def test_a_sketch_that_is_not_merged_is_estimated_by_its_own_history() -> None:
    raw = cpc_sketch(LG_K)
    for subject in range(5_000):
        raw.update(subject)
    data = raw.serialize()
    assert estimate(data) == librarys(data)
    assert estimate(data) != estimate(merge(sketch(range(5_000))))


def librarys(data: bytes) -> Estimate:
    if not data:
        return Estimate(0, 0, 0)
    read = cpc_sketch.deserialize(data)
    return Estimate(
        round(read.get_estimate()), int(read.get_lower_bound(2)), round(read.get_upper_bound(2))
    )
