"""Standard input: read ahead in bounded memory, counted on over restarts, stopped cleanly."""

import io
import threading

import pytest

from monitor.sources.base import Position
from monitor.sources.stdin import StdinSource
from tests.support.sources import PATIENCE, next_record, rest, texts


def test_a_restart_reads_on_and_counts_on() -> None:
    first = StdinSource(io.BytesIO(b"a\nb\n"))
    first.open({})
    (partition,) = first.partitions()
    *_, last = rest(partition)
    second = StdinSource(io.BytesIO(b"c"))
    second.open({"stdin": last.next})
    (partition,) = second.partitions()
    (record,) = rest(partition)
    assert (record.offset, record.next, record.data) == (2, Position(offset=3), b"c")
    assert record.id != last.id


@pytest.mark.parametrize(("line", "format_"), [('{"body_b64":""}', "traffic"), ("{}", "ecs")])
def test_auto_goes_by_the_first_line(line: str, format_: str) -> None:
    source = StdinSource(io.BytesIO(f"\n{line}\n{{}}\n".encode()))
    source.open({})
    (partition,) = source.partitions()
    assert {partition.format for _ in rest(partition)} == {format_}


def test_a_document_is_no_stream_of_lines() -> None:
    with pytest.raises(ValueError, match="auto, ecs or traffic"):
        StdinSource(io.BytesIO(), "har")


class Endless:
    """Input without end, that says how much of it was taken."""

    def __init__(self) -> None:
        self.reads = 0
        self.often = threading.Event()

    def read1(self, size: int) -> bytes:
        self.reads += 1
        if self.reads > 5:
            self.often.set()
        return b"{}\n" * 100


def test_it_reads_ahead_only_so_far_and_stops() -> None:
    endless = Endless()
    source = StdinSource(endless)
    source.open({})
    assert endless.often.wait(PATIENCE)
    (partition,) = source.partitions()
    assert texts([r for _ in range(3) if (r := next_record(partition))]) == ["{}"] * 3
    source.close()
    assert endless.reads < 15
    assert not [thread for thread in threading.enumerate() if thread.name == "source-stdin"]


def test_input_that_breaks_is_input_that_ended() -> None:
    class Broken:
        pieces = iter([b"a\nb"])

        def read1(self, size: int) -> bytes:
            for piece in self.pieces:
                return piece
            raise OSError("gone")

    source = StdinSource(Broken())
    source.open({})
    (partition,) = source.partitions()
    assert texts(rest(partition)) == ["a", "b"]
