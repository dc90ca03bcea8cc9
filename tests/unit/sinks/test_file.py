"""A file of messages, each exactly once."""

from pathlib import Path

import msgspec
import pytest

from alerts.sinks import Message, SinkError
from alerts.sinks.file import FileConfig, FileSink
from alerts.sinks.payload import body
from tests.support.messages import message, tools


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.ndjson"


@pytest.fixture
def sink(path: Path) -> FileSink:
    return FileSink(FileConfig(type="file", name="log", path=path), tools())


def test_each_message_is_one_line(sink: FileSink, path: Path) -> None:
    sink.send(message("a1"))
    sink.send(message("a2"))
    read = [msgspec.json.decode(line, type=Message) for line in path.read_bytes().splitlines()]
    assert [one.alert.id for one in read] == ["a1", "a2"]


@pytest.mark.parametrize("torn", [1, 5, 8, 60, -1])
def test_a_torn_line_has_not_arrived_and_is_cut(sink: FileSink, path: Path, torn: int) -> None:
    sink.send(message("a1"))
    with path.open("ab") as file:
        file.write((body(message("a2")) + b"\n")[:torn])
    assert sink.arrived(message("a1")) is True
    assert sink.arrived(message("a2")) is False
    sink.send(message("a2"))
    assert path.read_bytes() == b"".join(body(message(a)) + b"\n" for a in ("a1", "a2"))


def test_a_torn_first_line_is_cut(sink: FileSink, path: Path) -> None:
    path.write_bytes(body(message("a1"))[:20])
    sink.send(message("a1"))
    assert path.read_bytes() == body(message("a1")) + b"\n"


def test_somebody_elses_line_is_never_cut(sink: FileSink, path: Path) -> None:
    path.write_text("do not lose this")
    with pytest.raises(SinkError, match="a file of its own") as failure:
        sink.send(message())
    assert not failure.value.recoverable
    assert path.read_text() == "do not lose this"


def test_a_rotated_file_is_left_alone(sink: FileSink, path: Path) -> None:
    sink.send(message("a1"))
    path.rename(path.with_suffix(".1"))
    sink.send(message("a2"))
    assert path.read_bytes() == body(message("a2")) + b"\n"


def test_nothing_has_arrived_in_a_file_that_is_not_there(sink: FileSink) -> None:
    assert sink.arrived(message()) is False


def test_a_path_that_cannot_be_written_may_become_good(tmp_path: Path) -> None:
    sink = FileSink(FileConfig(type="file", name="log", path=tmp_path), tools())
    for use in (lambda: sink.send(message()), lambda: sink.arrived(message())):
        with pytest.raises(SinkError, match=r"sink log: path: cannot .* \(Is a directory\)") as no:
            use()
        assert no.value.recoverable
