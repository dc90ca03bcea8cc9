"""`egresswatch run`: watch the configured inputs until they end or a signal comes."""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType

import click

from detectors.yamlfile import ConfigError
from monitor.runners.embedded import Summary
from monitor.sources.base import SourceError
from monitor.state.database import DataInUseError
from monitor.wiring import load_configuration, run


@click.command("run")
@click.option(
    "--config",
    "config",
    default=Path("egresswatch.yaml"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration file.",
)
def run_command(config: Path) -> None:
    """Watch the configured inputs until they end, or until SIGTERM or SIGINT.

    A stop finishes and commits the batch under way; a second signal ends at once. Exits with 0,
    or with 2 where the configuration is wrong.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_stop, stop))
    try:
        summary = run(load_configuration(config), stop)
    except (ConfigError, SourceError, DataInUseError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(_report(summary), err=True)


def _stop(stop: Event, _number: int, _frame: FrameType | None) -> None:
    if stop.is_set():
        os._exit(130)  # at once: whatever is under way is made good at the next start
    stop.set()


def _report(summary: Summary) -> str:
    return (
        f"{summary.records:,} records: {summary.events:,} events, "
        f"{summary.duplicates:,} seen before, {summary.late:,} late, "
        f"{summary.dead_letters:,} dead letters; "
        f"{summary.findings:,} findings, {summary.alerts:,} new alerts"
    )
