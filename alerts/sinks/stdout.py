"""Messages on standard output: for a first look, and where a supervisor keeps the output."""

import sys
from typing import Literal, TextIO

from pydantic import Field

from alerts.sinks.base import Clock, Message, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.payload import body
from alerts.sinks.text import render


class StdoutConfig(BaseSinkConfig):
    """Writes each message to standard output."""

    type: Literal["stdout"] = Field(description="This kind of sink.", examples=["stdout"])
    format: Literal["text", "json"] = Field(
        default="text",
        description="`text`: one block of lines a message; `json`: one line of JSON a message.",
        examples=["json"],
    )

    def build(self, clock: Clock) -> "StdoutSink":
        """The sink; `clock` is not needed here."""
        del clock
        return StdoutSink(self)


class StdoutSink:
    """Guarantee: at least once. It cannot say what arrived, so a possible repeat is marked."""

    def __init__(self, config: StdoutConfig, stream: TextIO | None = None) -> None:
        self.name = config.name
        self._format = config.format
        self._stream = stream

    def send(self, message: Message) -> None:
        json = self._format == "json"
        text = body(message).decode() if json else render(message)
        stream = self._stream or sys.stdout  # looked up late: it may have been redirected
        try:
            stream.write(f"{text}\n")
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            problem = f"sink {self.name}: cannot write to standard output ({type(error).__name__})"
            raise SinkError(problem, recoverable=True) from None

    def arrived(self, message_id: str) -> bool | None:
        del message_id
        return None

    def close(self) -> None:
        """The stream is not ours to close."""
