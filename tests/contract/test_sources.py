"""What every source owes to the runner, whatever it reads."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.sources.base import Position
from tests.support.sources import WAYS, Way, next_record, numbered, texts

pytestmark = pytest.mark.enable_socket
COUNT = 7


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    return request.param(tmp_path, numbered(COUNT))


@pytest.fixture
def opened(way: Way) -> Callable[[Position | None], list[tuple[str, str, int, Position]]]:
    """Reads everything from a position on: (id, text, offset, next)."""

    def run(position: Position | None = None) -> list[tuple[str, str, int, Position]]:
        expected = COUNT if position is None else -1
        with way.opened(position) as source:
            (partition,) = source.partitions()
            assert partition.name == way.name
            seen = []
            while len(seen) != expected:
                record = partition.read() if way.endless else next_record(partition)
                if record is None:
                    break
                seen.append((record.id, *texts([record]), record.offset, record.next))
            assert partition.read() is None
            assert partition.exhausted or way.endless or len(seen) == expected
            source.committed()
        return seen

    return run


def test_all_records_come_in_their_order(way: Way, opened: Callable) -> None:
    seen = opened(None)
    assert [text for _, text, _, _ in seen] == way.records
    offsets = [offset for _, _, offset, _ in seen]
    assert offsets == sorted(set(offsets))
    assert len({id_ for id_, *_ in seen}) == COUNT


def test_a_second_run_is_the_same_run(opened: Callable) -> None:
    assert opened(None) == opened(None)


@pytest.mark.parametrize("committed", [1, 3, COUNT])
def test_any_committed_position_gives_exactly_the_rest(opened: Callable, committed: int) -> None:
    seen = opened(None)
    assert opened(seen[committed - 1][3]) == seen[committed:]


def test_exhausted_only_when_nothing_will_follow(way: Way) -> None:
    with way.opened() as source:
        (partition,) = source.partitions()
        for _ in range(COUNT):
            assert not partition.exhausted
            assert next_record(partition) is not None
        if way.endless:
            assert partition.read() is None
            assert not partition.exhausted
        else:
            assert next_record(partition) is None
            assert partition.exhausted
        source.committed()


def test_partitions_stay_the_same_objects(way: Way) -> None:
    with way.opened() as source:
        assert list(source.partitions()) == list(source.partitions())
        source.committed()


def test_no_repr_shows_a_record(tmp_path: Path, way: Way) -> None:
    planted = '{"name":"jane.doe"}'
    with type(way)(tmp_path, [planted]).opened() as source:
        (partition,) = source.partitions()
        record = next_record(partition)
        assert record is not None
        assert record.data == planted.encode()
        shown = f"{record!r}{record.next!r}{record.id}{partition!r}{source!r}{partition.name}"
        assert "jane" not in shown
        source.committed()


def test_closing_before_the_end_and_twice_is_fine(way: Way) -> None:
    with way.opened() as source:
        (partition,) = source.partitions()
        next_record(partition)
        source.close()
