"""`egresswatch index`: what Elasticsearch must have, and what is kept for how long."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.index.retention import RetentionSettings, delete, expired
from monitor.cli.output import clear_errors
from monitor.clock import SystemClock
from monitor.settings import Settings, load_settings
from monitor.state.database import FILE_NAME, connect, transaction

if TYPE_CHECKING:
    from alerts.index.elastic.schema import Schema

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("egresswatch.yaml"),
    show_default=True,
    help="The configuration file.",
)


@click.group("index")
def index_group() -> None:
    """The index: what is missing in Elasticsearch, and what is kept for how long."""


@index_group.command("plan")
@config_option
def plan_command(config: Path) -> None:
    """What `apply` and `migrate` would do. Exits with 1 where that is anything."""
    with _schema(config) as schema:
        steps = schema.plan()
    for step in steps:
        click.echo(f"{step.by}: {step.what}")
    if steps:
        raise SystemExit(1)
    click.echo("nothing to do", err=True)


@index_group.command("apply")
@config_option
def apply_command(config: Path) -> None:
    """Put the index templates and, where the cluster has them, lifecycle policies."""
    with _schema(config) as schema:
        schema.apply()
        lifecycles = schema.has_lifecycles()
    rest = (
        "lifecycle policies delete old indices"
        if lifecycles
        else "the cluster has no lifecycle policies: run `egresswatch index retention` daily"
    )
    click.echo(f"the templates are in place; {rest}", err=True)


@index_group.command("migrate")
@config_option
def migrate_command(config: Path) -> None:
    """Copy indices of another version of the mappings. Reading goes on, writers wait."""
    with _schema(config) as schema:
        schema.apply()
        count = 0
        for name in schema.migrate():
            click.echo(name)
            count += 1
    click.echo(f"{count} indices migrated", err=True)


@index_group.command("retention")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--compact", is_flag=True, help="Give the freed space back; nobody writes meanwhile.")
@config_option
def retention_command(dry_run: bool, compact: bool, config: Path) -> None:
    """Delete what is older than it is kept: days from the database, indices from Elasticsearch.

    `egresswatch run` does the database's part by itself, once a day.
    """
    with clear_errors():
        settings, now = load_settings(config), SystemClock().now()
        path = settings.data / FILE_NAME
        if path.is_file():
            with closing(connect(path)) as connection:
                _tidy(connection, settings.retention, now, dry_run=dry_run, compact=compact)
        if settings.index is not None:
            with open_schema(settings) as schema:
                names = schema.expired(now)
                if not dry_run:
                    schema.delete(names)
            for name in names:
                click.echo(f"{name}: {'would be deleted' if dry_run else 'deleted'}")


def _tidy(
    connection: sqlite3.Connection,
    settings: RetentionSettings,
    now: datetime,
    *,
    dry_run: bool,
    compact: bool,
) -> None:
    if dry_run:
        for one in expired(connection, settings, now):
            click.echo(f"{one.kind}: {one.records:,} before {one.before:%Y-%m-%d} would be deleted")
        return
    for kind, count in delete(connection, settings, now, transaction).items():
        click.echo(f"{kind}: {count:,} deleted")
    if compact:
        connection.execute("VACUUM")


@contextmanager
def _schema(config: Path) -> Generator["Schema"]:
    with clear_errors(), open_schema(load_settings(config)) as schema:
        yield schema


@contextmanager
def open_schema(settings: Settings) -> Generator["Schema"]:
    """What the configured cluster must have; ValueError where none is configured."""
    if settings.index is None:
        raise ValueError("the configuration names no `index`: everything is in the database")
    from alerts.index.elastic.layout import Layout
    from alerts.index.elastic.schema import Schema

    with closing(settings.index.connect()) as client:
        yield Schema(client, Layout(settings.index))
