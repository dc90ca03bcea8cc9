"""`egresswatch index`: what Elasticsearch must have, and what is kept for how long."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import clear_errors
from monitor.settings import Settings, load_settings

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
