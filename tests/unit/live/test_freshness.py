"""How old the view says it is."""

import pytest
from faust.types import TP

from monitor.live.freshness import Freshness, Reach
from tests.support.moments import at

ONE, TWO = TP("sums", 0), TP("sums", 1)


@pytest.fixture
def freshness() -> Freshness:
    return Freshness(partitions=2)


def test_it_has_nothing_until_every_partition_was_read(freshness: Freshness) -> None:
    freshness.look({ONE: Reach(at(12), 5, 5)})
    freshness.look({ONE: Reach(at(12), 5, 5), TWO: Reach(at(12), 8, 3)})
    assert (freshness.as_of, freshness.waiting) == (None, 5)
    freshness.look({ONE: Reach(at(13), 5, 5), TWO: Reach(at(13), 9, 8)})
    assert (freshness.as_of, freshness.waiting) == (at(12), 1)


def test_it_goes_on_under_a_load_that_never_pauses(freshness: Freshness) -> None:
    freshness.look({place: Reach(at(12), 5, 5) for place in (ONE, TWO)})
    freshness.look({place: Reach(at(13), 20, 5) for place in (ONE, TWO)})
    assert freshness.as_of == at(12)
    freshness.look({place: Reach(at(14), 40, 20) for place in (ONE, TWO)})
    assert freshness.as_of == at(13)
    freshness.look({place: Reach(at(15), 60, 40) for place in (ONE, TWO)})
    assert freshness.as_of == at(14)


def test_it_stands_still_while_the_broker_says_nothing(freshness: Freshness) -> None:
    for _ in range(3):
        freshness.look({place: Reach(at(12), 5, 5) for place in (ONE, TWO)})
    freshness.look({})
    assert freshness.as_of == at(12)


def test_it_is_as_old_as_its_oldest_partition(freshness: Freshness) -> None:
    for hour in (12, 13, 14):
        freshness.look({ONE: Reach(at(hour), 5, 5), TWO: Reach(at(12), 5, 5)})
    assert freshness.as_of == at(12)
