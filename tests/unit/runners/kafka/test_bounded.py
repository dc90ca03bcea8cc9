"""A call that never returns has an end here."""

from threading import Event

import pytest

from monitor.runners.kafka.bounded import within


def test_a_call_that_is_back_in_time_is_as_if_it_were_made_here() -> None:
    made: list[int] = []
    within(60, lambda: made.append(1))
    assert made == [1]
    with pytest.raises(KeyError, match="gone"):
        within(60, lambda: {}["gone"])


def test_a_call_that_does_not_come_back_is_left_behind() -> None:
    held = Event()
    with pytest.raises(TimeoutError):
        within(0.05, held.wait)
    held.set()
