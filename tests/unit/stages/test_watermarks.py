"""Event time of the whole feed, from the marks of its partitions."""

from datetime import datetime

from detectors.windows import BEGINNING
from monitor.stages.watermarks import SourceMark, Watermarks
from tests.support.moments import at


def mark(source: str, watermark: datetime, *, idle: bool = False) -> SourceMark:
    return SourceMark(source=source, watermark=watermark, idle=idle)


def test_the_slowest_that_speaks_counts() -> None:
    marks = Watermarks(["a", "b"])
    marks.observe(mark("a", at(9)))
    marks.observe(mark("b", at(8)))
    assert marks.value == at(8)


def test_one_that_has_not_spoken_holds_time_until_it_is_idle() -> None:
    marks = Watermarks(["a", "b"])
    marks.observe(mark("a", at(9)))
    assert marks.value == BEGINNING
    marks.observe(mark("b", BEGINNING, idle=True))
    assert marks.value == at(9)


def test_where_all_are_idle_the_furthest_counts() -> None:
    marks = Watermarks(["a", "b"])
    marks.observe(mark("a", at(9), idle=True))
    marks.observe(mark("b", at(10), idle=True))
    assert marks.value == at(10)


def test_a_partition_that_came_later_counts_too() -> None:
    marks = Watermarks(["a"])
    marks.observe(mark("a", at(9)))
    marks.observe(mark("new", at(7)))
    assert marks.value == at(7)
