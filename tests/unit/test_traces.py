"""Samples of traces: what they keep, and that merging is exact on what is kept."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.traces import ALL, KEPT, merge, pack, print_of, reach, unpack

weights = st.dictionaries(st.integers(0, 2**64 - 1), st.integers(0, 9), max_size=3 * KEPT)


@given(st.lists(weights, min_size=1, max_size=4), st.randoms())
def test_merged_samples_are_the_sample_of_the_whole(parts: list[dict[int, int]], random: Random):
    whole: dict[int, int] = {}
    for part in parts:
        for trace, weight in part.items():
            whole[trace] = whole.get(trace, 0) + weight
    random.shuffle(parts)
    merged = b""
    for part in parts:
        merged = merge(merged, pack(part))
    assert merged == pack(whole)


@given(weights, weights)
def test_below_the_reach_of_both_a_trace_that_is_missing_was_not_there(a, b) -> None:
    first, second = unpack(pack(a)), unpack(pack(b))
    known = min(reach(first), reach(second))
    for trace in a.keys() | b.keys():
        if trace < known:
            assert (trace in first, trace in second) == (trace in a, trace in b)


def test_few_traces_are_all_kept() -> None:
    few = {print_of(f"{n:032x}"): n for n in range(KEPT - 1)}
    assert unpack(pack(few)) == few
    assert reach(few) == ALL


def test_a_weight_that_has_no_room_is_the_heaviest() -> None:
    assert unpack(pack({7: 2**40})) == {7: 2**32 - 1}


@pytest.mark.parametrize("data", [b"\x02" + bytes(12), b"\x01" + bytes(11)])
def test_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not in a format"):
        unpack(data)
