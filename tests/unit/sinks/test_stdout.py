"""Standard output."""

import io

import msgspec
import pytest

from alerts.sinks import SinkError
from alerts.sinks.payload import body
from alerts.sinks.stdout import StdoutConfig, StdoutSink
from tests.support.messages import message, tools


def test_text_is_one_block_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    sink = StdoutSink(StdoutConfig(type="stdout", name="screen"), tools())
    sink.send(message())
    sink.send(message("a2"))
    told = [sink.preview(message()), sink.preview(message("a2"))]
    assert told[0].startswith("[HIGH] ")
    assert capsys.readouterr().out == f"{told[0]}\n{told[1]}\n"


def test_json_is_one_line_a_message() -> None:
    stream = io.StringIO()
    sink = StdoutSink(StdoutConfig(type="stdout", name="screen", format="json"), tools(), stream)
    sink.send(message())
    assert stream.getvalue().encode() == body(message()) + b"\n"


def test_it_cannot_say_what_arrived_so_a_repeat_is_marked_by_the_deliverer() -> None:
    stream = io.StringIO()
    sink = StdoutSink(StdoutConfig(type="stdout", name="screen"), tools(), stream)
    assert sink.arrived(message()) is None
    sink.send(msgspec.structs.replace(message(), repeat=True))
    assert "possibly a repeat" in stream.getvalue()


def test_a_closed_output_is_an_error_that_may_pass() -> None:
    stream = io.StringIO()
    stream.close()
    sink = StdoutSink(StdoutConfig(type="stdout", name="screen"), tools(), stream)
    with pytest.raises(SinkError, match="sink screen: cannot write") as failure:
        sink.send(message())
    assert failure.value.recoverable
