"""What most sinks share, so that each one says only what is its own."""

from typing import NamedTuple

from alerts.content import Composer
from alerts.sinks.base import Clock, Message
from alerts.sinks.config import BaseSinkConfig


class Tools(NamedTuple):
    """What a sink is built with beside its configuration."""

    clock: Clock
    composer: Composer


class BaseSink:
    """A sink that cannot say what arrived, has no connection to try and nothing to close.

    `least` is the receiver's own limit: seconds between two messages.
    """

    def __init__(self, config: BaseSinkConfig, tools: Tools, least: float = 0.0) -> None:
        self.name = config.name
        self.interval = config.interval(least)
        self.clock = tools.clock
        self.composer = tools.composer

    def arrived(self, message: Message) -> bool | None:
        """Cannot say; a possible repeat is marked."""
        del message
        return None

    def check(self) -> str:
        """Nothing to try."""
        return "its API has nothing to try without sending"

    def close(self) -> None:
        """Nothing stays open."""
