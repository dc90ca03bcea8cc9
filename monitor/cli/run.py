"""`egresswatch run`: watch the configured inputs until they end or a signal comes."""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType

import click

from detectors.yamlfile import ConfigError
from monitor.configuration import load_configuration
from monitor.runners.embedded import Summary
from monitor.runners.errors import WorkerError
from monitor.sources.base import SourceError
from monitor.state.database import DataInUseError
from monitor.wiring import run, run_kafka

MUCH_LATE = 0.05
"""The share of late events that is worth a word."""


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
    with 2 where the configuration is wrong, or with 3 where a worker over Kafka had to give up: it
    can be started again, and goes on where it was.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(stop_at_signal, stop))
    try:
        configuration = load_configuration(config)
        if configuration.settings.runtime == "kafka":
            report = _told_of_stages(run_kafka(configuration, stop))
        else:
            report = told(run(configuration, stop))
    except (ConfigError, SourceError, DataInUseError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except WorkerError as error:
        click.echo(str(error), err=True)
        sys.exit(3)
    click.echo(report, err=True)


def stop_at_signal(stop: Event, _number: int, _frame: FrameType | None) -> None:
    """Asks for a stop; the second time, ends at once."""
    if stop.is_set():
        os._exit(130)  # at once: whatever is under way is made good at the next start
    stop.set()


def told(summary: Summary) -> str:
    """What a run has done, in words."""
    return (
        f"{summary.records:,} records: {summary.events:,} events, "
        f"{summary.duplicates:,} seen before, {summary.late:,} late, "
        f"{summary.dead_letters:,} dead letters; "
        f"{summary.findings:,} findings, {summary.alerts:,} new alerts"
        f"{_remedy(summary)}"
    )


def _remedy(summary: Summary) -> str:
    """Late events are not in the baselines, which then know nothing of what is usual."""
    if summary.late <= MUCH_LATE * summary.events:
        return ""
    return (
        "\nMany events were late, and baselines do not count those. Where an input is not in order "
        "of time, let batch.lateness_seconds be as long as the disorder: 86400 for a day."
    )


def _told_of_stages(records: Mapping[str, int]) -> str:
    counts = [f"{stage} {count:,}" for stage, count in records.items()]
    return f"records taken: {', '.join(counts) or 'none'}"
