"""What the reading commands share: where the data is, moments, tables, JSON, errors."""

import getpass
import re
import sqlite3
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click
import msgspec

from alerts.index.base import Index, QueryError
from alerts.index.sqlite import SqliteIndex
from alerts.index.writer import IndexUnavailableError
from monitor.runners.errors import WorkerError
from monitor.state.database import BUSY_SECONDS, FILE_NAME, connect

if TYPE_CHECKING:
    from monitor.kafka.settings import KafkaSettings
    from monitor.settings import Settings

DEFAULT_CONFIG = Path("egresswatch.yaml")
"""Read where no other is named: most work in the folder of their configuration."""

Output = Literal["table", "json", "ndjson"]

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

WHOLE = len("2026-01-31 12:00:00")
"""Texts as long as a time, or shorter, are not broken into lines."""

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Also bidirectional overrides: what a vendor's host name says must not rearrange a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def data_options(command: CommandT) -> CommandT:
    """`--data` and `--config`: two ways to say where the database is."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration file, whose `data` folder is read; else ./egresswatch.yaml.",
    )
    data = click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="EGRESSWATCH_DATA",
        show_envvar=True,
        help="The folder of the database.",
    )
    return data(config(command))


output_option = click.option(
    "--output",
    type=click.Choice(["table", "json", "ndjson"]),
    default="table",
    show_default=True,
    help="A table (tab-separated where it is piped), or the records' own JSON.",
)


@contextmanager
def open_index(
    data: Path | None, config: Path | None, *, writable: bool = False
) -> Generator[tuple[SqliteIndex, sqlite3.Connection]]:
    """The index in the data folder; whatever is wrong with it or with a query exits with 2."""
    with clear_errors():
        path = _folder(data, config) / FILE_NAME
        if not path.is_file():
            raise ValueError(f"there is no {path}: has `egresswatch run` written there yet?")
        with closing(connect(path) if writable else _read_only(path)) as connection:
            yield SqliteIndex.open(connection), connection


@contextmanager
def open_search(data: Path | None, config: Path | None) -> Generator[Index]:
    """What is searched: the index that the configuration names, else the database. `--data` always
    means the database."""
    settings = None if data else configured(config)
    if settings is None or settings.index is None:
        with open_index(data, config) as (index, _):
            yield index
        return
    from alerts.index.elastic.index import ElasticIndex

    with clear_errors(), closing(ElasticIndex.open(settings.index)) as index:
        yield index


def configured(config: Path | None) -> "Settings | None":
    """What is configured: in a file, or in the folder one is in; None where nothing is."""
    config = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)
    if config is None:
        return None
    from monitor.settings import load_settings

    with clear_errors():
        return load_settings(config)


@contextmanager
def clear_errors() -> Generator[None]:
    """Mistakes of the caller become their text on stderr and exit code 2."""
    try:
        yield
    # QueryError and ConfigError are ValueErrors
    except (ValueError, sqlite3.DatabaseError, IndexUnavailableError, WorkerError) as error:
        lines = [shown(line) for line in _explained(error).splitlines()]
        click.echo("error: " + "\n".join(lines), err=True)
        sys.exit(2)


def _explained(error: Exception) -> str:
    match error:
        case sqlite3.OperationalError() if "locked" in str(error):
            return "the database is busy: try again in a minute"
        case sqlite3.DatabaseError():
            return f"the database cannot be read ({error}): is this a data folder of Egresswatch?"
        case _:
            return str(error)


def _folder(data: Path | None, config: Path | None) -> Path:
    if data is not None:
        return data
    settings = configured(config)
    if settings is None:
        raise ValueError(
            "where is the data? Give --data FOLDER or --config FILE, or go where "
            f"{DEFAULT_CONFIG} is"
        )
    return settings.data


def kafka_settings(config: Path | None) -> "KafkaSettings | None":
    """How the configured installation reaches Kafka; None for the embedded runtime, and where
    nothing is configured."""
    settings = configured(config)
    return settings.kafka if settings else None


def login() -> str:
    """Who is at the command line."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )


def parse_moment(text: str, now: datetime) -> datetime:
    """`7d` (before now; s, m, h, d, w), or an ISO date or time (UTC where it names no zone)."""
    try:
        if span := _SPAN.fullmatch(text):
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise QueryError(
            "a time is a span before now (90m, 24h, 7d, 2w) or a date and time "
            "(2026-01-31, 2026-01-31T12:00:00Z)"
        ) from None


def utc_text(moment: datetime | str) -> str:
    """A moment for people: UTC, to the second."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def shown(value: object) -> str:
    """Any value as one line without control characters, whoever chose it."""
    match value:
        case list() | tuple():
            return ", ".join(shown(member) for member in cast("list[object]", value))
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return utc_text(value)
        case _:
            return _CONTROL.sub(" ", str(value))


def print_json(rows: Sequence[dict[str, Any]], output: Output) -> None:
    """The records as one JSON array, or one a line."""
    if output == "ndjson":
        for row in rows:
            click.echo(msgspec.json.encode(row))
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table: drawn on a terminal, without its empty columns; elsewhere tab-separated with a line
    of names."""
    texts = [[shown(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *texts]:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold")
    filled = [n for n in range(len(columns)) if not texts or any(row[n] for row in texts)]
    for n in filled:
        numbers = all(isinstance(row[n], int) for row in rows)
        short = all(len(row[n]) <= WHOLE for row in texts)
        table.add_column(columns[n], justify="right" if numbers else "left", no_wrap=short)
    for row in texts:
        table.add_row(*(Text(row[n]) for n in filled))  # Text: nothing in it is markup
    Console().print(table)
