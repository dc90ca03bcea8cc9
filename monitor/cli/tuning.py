"""`egresswatch tuning`: check a tuning file, and hash values for its allow-lists."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from detectors.scan.tuning import Tuning, hashed
from detectors.subprocessors import load_registry
from detectors.taxonomy import default_taxonomy
from detectors.yamlfile import ConfigError
from monitor.cli.output import DEFAULT_CONFIG, clear_errors
from monitor.clock import SystemClock
from monitor.configuration import unknown_in
from monitor.detection import expiry, load_tuning
from monitor.keys import find_key, load_key
from monitor.settings import load_settings, named_files, read_text

_config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Whose key and register count; else ./egresswatch.yaml, if there.",
)


@click.group("tuning")
def tuning_group() -> None:
    """Check a tuning file; hash values for its allow-lists."""


@tuning_group.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_config_option
def check_command(file: Path, config: Path | None) -> None:
    """Try FILE: its schema, patterns, examples, categories, and Presidio's recognisers.

    Exits with 2 where something is wrong; every problem is told with its line. With a
    configuration at hand, the sub-processors that it names are looked up in the register.
    """
    with clear_errors():
        files = named_files(config or DEFAULT_CONFIG)
        tuning = load_tuning(file, files.pseudonym_key)
        if files.registry is not None:
            text = read_text(files.registry, "the register")
            registry = load_registry(text, str(files.registry))
            if unknown := unknown_in(file, registry, tuning.subprocessors()):
                raise ConfigError(unknown)
    for line in summary(tuning, SystemClock().now().date()):
        click.echo(line)


@tuning_group.command("hash")
@click.argument("category")
@_config_option
def hash_command(category: str, config: Path | None) -> None:
    """Hash values of a data CATEGORY (user.contact.email) for `value: {hashed: [...]}`.

    Values come from standard input, one a line, or are asked for without being shown: never from
    the command line, which shells remember and other users see. The key is the pseudonym key;
    it is made if there is none yet.
    """
    with clear_errors():
        if category not in default_taxonomy().categories:
            raise ValueError("CATEGORY: not in the taxonomy; see `scan --output ndjson` of a value")
        key = _key(config)
        for value in _values():
            click.echo(hashed(key, category, value))


def summary(tuning: Tuning, today: date) -> Iterator[str]:
    """What a valid file holds, a line each."""
    file = tuning.file
    yield f"{len(file.recognisers) + len(tuning.presidio):,} recognisers"
    if file.regions is not None:
        yield f"countries: {', '.join(file.regions) or 'none'}"
    yield f"{len(file.allow):,} allow-list entries"
    yield from (told for entry in file.allow if (told := expiry(entry, today)))


def _key(config: Path | None) -> bytes:
    config = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)
    if config is not None:
        return load_key(load_settings(config))
    key = find_key(None)
    if key is None:
        raise ValueError(
            "which key? Give --config FILE, go where egresswatch.yaml is, or set "
            "EGRESSWATCH_PSEUDONYM_KEY_FILE"
        )
    return key


def _values() -> Iterator[str]:
    if sys.stdin.isatty():
        yield click.prompt("Value", hide_input=True, err=True)
        return
    for line in sys.stdin:
        if value := line.strip():
            yield value
