"""What the commands that ask the index share: which records, which query, which times."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypedDict, TypeVar

import click

from alerts.index.base import Index, QueryError, What
from alerts.index.fields import COLLECTIONS
from alerts.index.hints import hints
from monitor.cli.output import data_options, output_option, parse_moment, shown
from monitor.clock import SystemClock

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_EVERY = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

in_option = click.option(
    "--in",
    "what",
    type=click.Choice(list(COLLECTIONS)),
    default="flows",
    show_default=True,
    help="What to search.",
)
since_option = click.option(
    "--since", help="From this time on: 90m, 24h, 7d, 2w, or 2026-01-31T12:00:00Z."
)
until_option = click.option("--until", help="Before this time, written in the same ways.")
measure_option = click.option(
    "--sum", "measure", default="", help="Add this field up (bytes, values) instead of counting."
)


def question_options(command: CommandT) -> CommandT:
    """QUERY, `--in`, `--since`, `--until`, `--output`, `--data` and `--config`."""
    query = click.argument("query", default="")
    return query(in_option(since_option(until_option(output_option(data_options(command))))))


class Times(TypedDict):
    """The `since` and `until` of a question."""

    since: datetime | None
    until: datetime | None


def times(since: str | None, until: str | None) -> Times:
    """What the options `--since` and `--until` say."""
    now = SystemClock().now()
    return {
        "since": parse_moment(since, now) if since else None,
        "until": parse_moment(until, now) if until else None,
    }


def parse_every(text: str) -> timedelta:
    """The length of a window: 60s, 5m, 1h, 1d, 1w."""
    if found := _EVERY.fullmatch(text):
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    raise QueryError("a window is so long: 60s, 5m, 1h, 1d, 1w")


def explain_nothing(index: Index, what: What, query: str, bounds: Times, lacking: str = "") -> None:
    """Says on stderr why an answer is empty. `lacking`: what records that match do not have."""
    total = index.span(what, query, **bounds).total if lacking else 0
    lines = [f"{total:,} {what} match; {lacking}"] if total else hints(index, what, query, **bounds)
    for line in lines or ["nothing found"]:
        click.echo(shown(line), err=True)
