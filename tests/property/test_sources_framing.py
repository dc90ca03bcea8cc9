"""Lines and offsets depend on the bytes only: not on the pieces, not on where reading resumes."""

import gzip
import io
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.base import Position
from monitor.sources.files import FileSource
from monitor.sources.framing import Line, LineFramer
from monitor.sources.stdin import StdinSource
from tests.support.sources import rest

LIMIT = 6
# Few different bytes, so that line ends, blank lines and long lines are frequent.
streams = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"\xff", b" ", b"bcdef"])).map(
    b"".join
)
wholly_random = st.binary(max_size=64)


def oracle(data: bytes, limit: int = LIMIT) -> list[Line]:
    """The definition, in the plainest way."""
    lines, start = [], 0
    for raw in io.BytesIO(data).readlines():
        end = start + len(raw)
        text = raw.removesuffix(b"\n").removesuffix(b"\r") if raw.endswith(b"\n") else raw
        text = text.removeprefix(b"\xef\xbb\xbf") if start == 0 else text
        if len(text) > limit:
            lines.append(Line(start, end, None))
        elif text.strip():
            lines.append(Line(start, end, text))
        start = end
    return lines


def framed(data: bytes, cuts: list[int], start: int = 0) -> list[Line]:
    framer = LineFramer(LIMIT, start)
    lines: list[Line] = []
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in pairwise(bounds):
        lines += framer.push(data[begin:end])
    lines += framer.finish()
    assert framer.position == start + len(data)
    return lines


@given(data=streams | wholly_random, cuts=st.lists(st.integers(0, 80)))
def test_pieces_do_not_matter(data: bytes, cuts: list[int]) -> None:
    assert framed(data, cuts) == oracle(data)


@given(data=streams | wholly_random, cuts=st.lists(st.integers(0, 80)))
def test_every_line_end_is_a_place_to_resume(data: bytes, cuts: list[int]) -> None:
    lines = oracle(data)
    for number, line in enumerate(lines, 1):
        assert framed(data[line.end :], cuts, line.end) == lines[number:]


@given(data=streams | wholly_random, zipped=st.booleans())
def test_files_resume_at_any_record_with_the_same_ids(data: bytes, zipped: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "in")
        path.write_bytes(gzip.compress(data) if zipped else data)
        if not zipped and data.startswith(b"\x1f\x8b"):
            return
        whole = read(path)
        assert [seen[1:] for seen in whole] == [
            (line.start, line.end, line.data or b"") for line in oracle(data)
        ]
        for number, (_, _, end, _) in enumerate(whole):
            assert read(path, end) == whole[number + 1 :]


def read(path: Path, offset: int | None = None) -> list[tuple[str, int, int, bytes]]:
    source = FileSource("s", [path], max_record_bytes=LIMIT)
    source.open({} if offset is None else {"s:in": Position(offset=offset)})
    (partition,) = source.partitions()
    try:
        return [(r.id, r.offset, r.next.offset, r.data) for r in rest(partition)]
    finally:
        source.close()


@given(data=streams | wholly_random)
def test_stdin_gives_the_same_lines(data: bytes) -> None:
    source = StdinSource(io.BytesIO(data), max_record_bytes=LIMIT)
    source.open({})
    (partition,) = source.partitions()
    assert [r.data for r in rest(partition)] == [line.data or b"" for line in oracle(data)]
    source.close()


@given(
    data=streams.map(lambda text: text * 40),
    damage=st.integers(0, 10_000),
    kind=st.sampled_from(["cut", "flip", "tail"]),
)
def test_a_damaged_gzip_is_a_prefix_and_one_refusal(data: bytes, damage: int, kind: str) -> None:
    good = gzip.compress(data, mtime=0)
    at = 10 + damage % (len(good) - 10)  # behind the header, without which it is no gzip
    match kind:
        case "cut":
            bad = good[:at]
        case "flip":
            bad = good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]
        case _:
            bad = good + b"tail"
    with TemporaryDirectory() as folder:
        path = Path(folder, "in")
        path.write_bytes(bad)
        whole = read_refused(path)
        refused = [seen for seen in whole if seen[-1] == "corrupt-gzip"]
        assert len(refused) == 1
        assert whole[-1] == refused[0]
        if kind != "flip":
            expected = oracle(data)
            assert [s[1] for s in whole[:-1]] == [line.start for line in expected][: len(whole) - 1]
        for number, seen in enumerate(whole):
            assert read_refused(path, seen[2]) == whole[number + 1 :]


def read_refused(path: Path, offset: int | None = None) -> list[tuple[str, int, int, str]]:
    source = FileSource("s", [path], max_record_bytes=LIMIT)
    source.open({} if offset is None else {"s:in": Position(offset=offset)})
    (partition,) = source.partitions()
    try:
        return [
            (r.id, r.offset, r.next.offset, r.refused[0] if r.refused else "")
            for r in rest(partition)
        ]
    finally:
        source.close()
