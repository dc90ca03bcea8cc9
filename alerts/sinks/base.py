"""The contract of everything that tells people: one message out, and what became of it."""

from datetime import datetime
from typing import Protocol

from alerts.messages import Message, Why


class SinkError(Exception):
    """A message that was not delivered, as far as the sink can tell.

    `recoverable`: trying again later may help; `retry_after` is the wait in seconds that the
    receiver asked for. `in_doubt`: the receiver may have it all the same (the answer was lost);
    False only where it certainly has not. The text holds no secret and no payload.
    """

    def __init__(
        self,
        problem: str,
        *,
        recoverable: bool,
        retry_after: float | None = None,
        in_doubt: bool = True,
    ) -> None:
        super().__init__(problem)
        self.recoverable = recoverable
        self.retry_after = retry_after
        self.in_doubt = in_doubt


class Clock(Protocol):
    """What sinks and delivery need of a clock; `monitor.clock` has them."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...


class Sink(Protocol):
    """One receiver of messages. Named in configuration; the name is part of every message id."""

    name: str
    interval: float
    """Seconds that the receiver's rate limit wants between two messages; 0 for none. The outbox
    keeps what has to wait: nothing is dropped for it."""

    def send(self, message: Message) -> None:
        """Delivers, or raises SinkError. May be called again with the same id."""
        ...

    def arrived(self, message: Message) -> bool | None:
        """Whether a message is at the receiver already: True, False, or None where the sink
        cannot say. Asked after a crash, for deliveries that were under way. May raise SinkError."""
        ...

    def preview(self, message: Message) -> str:
        """What `send` would hand to the receiver, as text for a terminal. Sends nothing."""
        ...

    def check(self) -> str:
        """Tries the connection and the credentials as far as the receiver's API allows without
        sending anything; what was tried, in words. Raises SinkError."""
        ...

    def close(self) -> None: ...


__all__ = ["Clock", "Message", "Sink", "SinkError", "Why"]
