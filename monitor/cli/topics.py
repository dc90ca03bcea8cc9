"""`egresswatch topics`: the topics of the Kafka runtime, as they are and as they should be."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from detectors.yamlfile import ConfigError, Problem
from monitor.kafka.admin import KafkaUnavailableError, TopicAdmin
from monitor.kafka.plan import Action, Step, is_done, is_refused
from monitor.kafka.settings import KafkaSettings
from monitor.settings import load_settings

NOTHING_TO_DO, REFUSED, CHANGES = 0, 1, 2

_config_option = click.option(
    "--config",
    "config",
    default=Path("egresswatch.yaml"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration file.",
)


@click.group("topics")
def topics_group() -> None:
    """The topics of the Kafka runtime: plan what to do, apply it."""


@topics_group.command("plan")
@_config_option
def plan_command(config: Path) -> None:
    """Compare the brokers' topics with the configuration. Changes nothing.

    Exits with 0 where there is nothing to do, 2 where `apply` would change something, 1 where
    something is refused, or Kafka cannot be asked.
    """
    steps = _admin(config)[1]
    _show(steps)
    if is_refused(steps):
        sys.exit(REFUSED)
    sys.exit(NOTHING_TO_DO if is_done(steps) else CHANGES)


@topics_group.command("apply")
@_config_option
def apply_command(config: Path) -> None:
    """Create and alter topics as `plan` says: all of it, or nothing where anything is refused.

    Exits with 0 where everything is as it should be, else with 1. It can be run again, and by two
    at once.
    """
    admin, steps = _admin(config)
    _show(steps)
    if is_refused(steps):
        click.echo("nothing was done", err=True)
        sys.exit(REFUSED)
    try:
        left = admin.apply(steps)
    except KafkaUnavailableError as error:
        _fail(error)
    if not is_done(left):
        click.echo("these are still to do: is another `apply` with other settings at work?")
        _show([step for step in left if step.action is not Action.UNCHANGED])
        sys.exit(REFUSED)


def _admin(config: Path) -> tuple[TopicAdmin, list[Step]]:
    try:
        admin = TopicAdmin(_kafka(config))
        return admin, admin.plan()
    except (ConfigError, KafkaUnavailableError) as error:
        _fail(error)


def _kafka(config: Path) -> KafkaSettings:
    settings = load_settings(config).kafka
    if settings is None:
        problem = "only with `runtime: kafka` there are topics"
        raise ConfigError([Problem(str(config), 1, "runtime", problem)])
    return settings


def _show(steps: list[Step]) -> None:
    for step in steps:
        click.echo(str(step))


def _fail(error: Exception) -> NoReturn:
    click.echo(str(error), err=True)
    sys.exit(REFUSED)
