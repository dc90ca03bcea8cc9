"""Logs: events with names and a few plain fields, to stderr, as JSON or as text.

An event's fields are numbers, and words from the configuration or the source. No payload, no
exception text (it may quote one): that is why events and fields are listed here, and a field that
is not is an error. `problem` is librdkafka's, which speaks of addresses and never of records.
"""

import sys
from typing import Any, Literal, TextIO, get_args

import structlog

LogFormat = Literal["json", "text"]
Level = Literal["info", "warning", "error"]

Event = Literal[
    "run.started",  # runtime, stages
    "run.finished",  # records, events, dead_letters, findings, alerts, seconds
    "run.failed",  # kind: the class of the exception; stage, where it was one
    "telemetry.listening",  # address
    "live.listening",  # address
    "state.restored",  # stage, seconds
    "partitions.assigned",  # stage, partitions
    "partitions.revoked",  # stage
    "transaction.aborted",  # stage, code
    "records.refused",  # stage, count: dead letters of a batch
    "kafka.error",  # client, code, count, problem: what librdkafka says, some lines in one
    "selfwatch.failed",  # kind: the class of the exception; the next look tries again
    "heartbeat.failed",  # problem: what the sink for it says, without its address
]
EVENTS: tuple[Event, ...] = get_args(Event)

FIELDS = frozenset(
    {
        "runtime",
        "stages",
        "stage",
        "kind",
        "code",
        "address",
        "client",
        "problem",
        "partitions",
        "count",
        "seconds",
        "records",
        "events",
        "dead_letters",
        "findings",
        "alerts",
    }
)


class Log:
    """Where events are told. Each is one line."""

    def __init__(self, style: LogFormat = "text", stream: TextIO | None = None) -> None:
        render = (
            structlog.processors.JSONRenderer(sort_keys=True)
            if style == "json"
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
        )
        # not the global configuration: whoever embeds Egresswatch may have one of their own
        self._logger: Any = structlog.wrap_logger(
            structlog.PrintLogger(stream or sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                render,
            ],
            wrapper_class=structlog.BoundLogger,
        )

    def __call__(self, event: Event, level: Level = "info", **fields: str | int | float) -> None:
        """Tells one event."""
        if strange := fields.keys() - FIELDS:
            raise ValueError(f"not a field of logs: {', '.join(sorted(strange))}")
        getattr(self._logger, level)(event, **fields)
