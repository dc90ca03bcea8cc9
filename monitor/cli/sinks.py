"""`egresswatch sinks`: what messages look like on each channel, and whether the channels work."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
import msgspec

from alerts.content.examples import EXAMPLE, example
from alerts.sinks import Sink, SinkError, Why
from detectors.records import Alert
from detectors.records.base import RecordError, convert
from monitor.cli.output import DEFAULT_CONFIG, clear_errors, shown
from monitor.clock import SystemClock
from monitor.settings import load_settings
from monitor.telemetry.quiet import silence_libraries
from monitor.wiring import build_sinks

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The configuration file.",
)
sink_option = click.option("--sink", "name", help="This sink only.")


@click.group("sinks")
def sinks_group() -> None:
    """The channels that alerts go to: preview, check."""


@sinks_group.command("preview")
@sink_option
@click.option(
    "--alert",
    "alert_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An alert to show (`alerts show ID --output ndjson`); else a made-up one.",
)
@click.option(
    "--why",
    type=click.Choice(get_args(Why)),
    default="first",
    show_default=True,
    help="As if it were sent for this reason.",
)
@config_option
def preview_command(name: str | None, alert_file: Path | None, why: Why, config: Path) -> None:
    """What each sink would send, without sending it."""
    with clear_errors(), _built(config, name) as sinks:
        alert = EXAMPLE if alert_file is None else read_alert(alert_file)
        message = example(why, alert)
        for number, sink in enumerate(sinks):
            click.echo(f"--- {sink.name}\n" if number == 0 else f"\n--- {sink.name}\n")
            try:
                click.echo(sink.preview(message).rstrip())
            except SinkError as error:
                click.echo(f"cannot be shown: {shown(error)}")


@sinks_group.command("check")
@sink_option
@config_option
def check_command(name: str | None, config: Path) -> None:
    """Try connections and credentials, as far as each API allows without sending anything.

    Exits with 1 where something needs doing.
    """
    with clear_errors(), _built(config, name) as sinks:
        good = [_check(sink) for sink in sinks]
    sys.exit(0 if all(good) else 1)


def _check(sink: Sink) -> bool:
    try:
        found = sink.check()
    except SinkError as error:
        click.echo(f"BAD {shown(error)}")
        return False
    click.echo(f"ok  {sink.name}: {found}")
    return True


@contextmanager
def _built(config: Path, name: str | None) -> Generator[Sequence[Sink]]:
    """The configured sinks, or the one of this name."""
    silence_libraries()
    sinks = build_sinks(load_settings(config), SystemClock())
    try:
        chosen = [sink for sink in sinks if name in {None, sink.name}]
        if not chosen:
            known = ", ".join(sink.name for sink in sinks) or "none"
            raise ValueError(f"there is no such sink; the configured ones are: {known}")
        yield chosen
    finally:
        for sink in sinks:
            sink.close()


def read_alert(file: Path) -> Alert:
    """The alert in a file, or in the array of one that `--output json` writes."""
    try:
        read = msgspec.json.decode(file.read_bytes())
        return convert(Alert, read[0] if isinstance(read, list) else read)
    except (OSError, msgspec.DecodeError, IndexError) as error:
        problem = f"{file} holds no alert ({type(error).__name__})"
        raise ValueError(f"{problem}: `alerts show ID --output ndjson` writes one") from None
    except RecordError as error:
        raise ValueError(f"{file} holds no alert: {error}") from None
