"""The server that Slack's interactivity posts to, in a thread of its own beside the runner."""

import os
import socket  # noqa: TID251 - a server is I/O
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from alerts.sinks import SinkConfig
from alerts.sinks.slack import SlackConfig
from detectors.yamlfile import ConfigError, Problem, StrictModel
from monitor.clock import Clock

if TYPE_CHECKING:
    from monitor.interactivity.giving import Give
    from monitor.sources.http_server import IngestServer


class InteractivitySettings(StrictModel):
    """Where buttons are answered. Slack has to reach it by HTTPS: put a proxy before it that hands
    on /slack/ only."""

    host: str = Field(default="127.0.0.1", description="The address to listen on")
    port: int = Field(default=8650, ge=0, le=65535, description="The port; 0 takes a free one")


class InteractivityServer:
    """Listens from `start` to `stop`."""

    def __init__(
        self,
        settings: InteractivitySettings,
        sinks: Sequence[SinkConfig],
        give: "Give",
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._sinks = [sink for sink in sinks if isinstance(sink, SlackConfig) and sink.has_buttons]
        self._give = give
        self._clock = clock
        self.port = settings.port
        self._server: IngestServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Raises ConfigError where it cannot listen, has nothing to answer, or lacks the extra."""
        if not self._sinks:
            raise _wrong("no slack sink has a signing_secret: add one, or remove `interactivity`")
        try:
            from monitor.interactivity.app import InteractivityApp
            from monitor.sources.http_server import IngestServer
        except ImportError:
            raise _wrong("needs the extra `http`: pip install 'egresswatch[http]'") from None
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, port), family=family)
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise _wrong(f"cannot listen on {host} port {port} ({why}): choose another") from None
        self.port = listening.getsockname()[1]
        self._server = IngestServer(InteractivityApp(self._sinks, self._give, self._clock).asgi)
        self._thread = threading.Thread(
            target=self._server.serve_on, args=(listening,), name="interactivity", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answers what is under way, and ends."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()


def _wrong(problem: str) -> ConfigError:
    return ConfigError([Problem("configuration", 1, "interactivity", problem)])
