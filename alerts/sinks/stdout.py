"""Messages on standard output: for a first look, and where a supervisor keeps the output."""

import sys
from typing import Literal, TextIO

from pydantic import Field

from alerts.sinks.base import Message, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.payload import body
from alerts.sinks.shared import BaseSink, Tools


class StdoutConfig(BaseSinkConfig):
    """Writes each message to standard output."""

    type: Literal["stdout"] = Field(description="This kind of sink.", examples=["stdout"])
    format: Literal["text", "json"] = Field(
        default="text",
        description="`text`: one block of lines a message; `json`: one line of JSON a message.",
        examples=["json"],
    )

    def build(self, tools: Tools) -> "StdoutSink":
        """The sink."""
        return StdoutSink(self, tools)


class StdoutSink(BaseSink):
    """Guarantee: at least once. It cannot say what arrived, so a possible repeat is marked."""

    def __init__(self, config: StdoutConfig, tools: Tools, stream: TextIO | None = None) -> None:
        super().__init__(config, tools)
        self._format = config.format
        self._stream = stream

    def send(self, message: Message) -> None:
        text = self.preview(message)
        stream = self._stream or sys.stdout  # looked up late: it may have been redirected
        try:
            stream.write(f"{text}\n")
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            problem = f"sink {self.name}: cannot write to standard output ({type(error).__name__})"
            raise SinkError(problem, recoverable=True) from None

    def preview(self, message: Message) -> str:
        if self._format == "json":
            return body(message).decode()
        return self.composer.text(self.composer.content(message))
