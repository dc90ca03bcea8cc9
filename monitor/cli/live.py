"""`egresswatch live`: a view of the last hour over Kafka's topics, as JSON over HTTP."""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from threading import Event

import click

from detectors.yamlfile import ConfigError, Problem
from monitor.cli.diagnosis import installed
from monitor.cli.run import stop_at_signal
from monitor.runners.errors import WorkerError
from monitor.settings import load_settings


@click.command("live")
@click.option(
    "--config",
    "config",
    default=Path("egresswatch.yaml"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration file.",
)
def live_command(config: Path) -> None:
    """Serve GET /live until SIGTERM or SIGINT: sub-processors, findings, alerts of the last hour.

    It says itself how old it is. Nothing that must be exact depends on it. Exits with 0, with 2
    where the configuration is wrong, or with 3 where it had to give up: it can be started again.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(stop_at_signal, stop))
    code = 0
    try:
        serve(config, stop)
    except (ConfigError, WorkerError) as error:
        click.echo(str(error), err=True)
        code = 2 if isinstance(error, ConfigError) else 3
    sys.stderr.flush()
    os._exit(code)  # a thread of Faust may still wait for a broker that does not answer


def serve(config: Path, stop: Event) -> None:
    """Until `stop` is set; ConfigError or WorkerError where it cannot."""
    settings = load_settings(config)
    if settings.kafka is None:
        raise _wrong(config, "runtime", "is embedded: a view reads topics; set `runtime: kafka`")
    if not installed("faust"):
        raise _wrong(config, "live", "needs Faust: pip install 'egresswatch[live]'")
    from monitor.live.worker import run_live

    run_live(settings, settings.kafka, stop)


def _wrong(config: Path, key: str, problem: str) -> ConfigError:
    return ConfigError([Problem(str(config), 1, key, problem)])
