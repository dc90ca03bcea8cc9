"""What librdkafka says of its connections, told in few lines.

While a broker is away each of its clients says so many times a second. So of one client and one
kind of line the first is told at once, and then one a minute, with how many there were.
"""

import logging
from dataclasses import dataclass
from logging import Logger

from monitor.clock import Clock
from monitor.telemetry.logs import Level, Log

__all__ = ["ClientLog", "Logger", "client_logger"]

QUIET_SECONDS = 60.0
LONGEST = 200


@dataclass(slots=True)
class _Kind:
    told: float
    waiting: int = 0


class ClientLog(logging.Handler):
    """Takes librdkafka's lines, as the client hands them to its logger."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__()
        self._log = log
        self._clock = clock
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """A line is its code (`FAIL`), the client's name with a number after it, and the words."""
        code, name, words = map(str, record.args or ("", "", ""))
        client, now = name.partition("#")[0], self._clock.monotonic()
        kind = self._kinds.get((client, code))
        if kind and now - kind.told < QUIET_SECONDS:
            kind.waiting += 1
            return
        count = kind.waiting + 1 if kind else 1
        self._kinds[client, code] = _Kind(now)
        self._log(
            "kafka.error",
            _level(record.levelno),
            client=client,
            code=code,
            count=count,
            problem=_without_thread(words)[:LONGEST],
        )


def client_logger(log: Log, clock: Clock) -> Logger:
    """A logger for librdkafka's clients that nobody else hears."""
    logger = Logger("egresswatch.kafka")  # noqa: LOG001 - one of each run, below no other
    logger.addHandler(ClientLog(log, clock))
    return logger


def _level(number: int) -> Level:
    if number >= logging.ERROR:
        return "error"
    return "warning" if number >= logging.WARNING else "info"


def _without_thread(words: str) -> str:
    """`[thrd:NAME]: ` is of use to librdkafka's authors only."""
    return words.partition("]: ")[2] if words.startswith("[thrd:") else words
