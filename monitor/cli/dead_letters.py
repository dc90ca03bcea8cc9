"""`egresswatch dead-letters`: records that could not be read, and another try at them."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from detectors.records import DeadLetter
from monitor.cli.output import (
    Output,
    clear_errors,
    data_options,
    kafka_settings,
    open_index,
    output_option,
    parse_moment,
    shown,
)
from monitor.cli.search import print_page
from monitor.clock import SystemClock

if TYPE_CHECKING:
    from monitor.kafka.settings import KafkaSettings
    from monitor.runners.kafka.sealing import Opener

AT_ONCE = 500


private_key_option = click.option(
    "--private-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file of the private key, for payloads that are sealed (worker.dead_letter_key).",
)


@click.group("dead-letters")
def dead_letters_group() -> None:
    """Records that could not be read: list them, try them again."""


@dead_letters_group.command("list")
@click.argument("query", default="")
@click.option("--since", help="From this time on (24h, 7d, 2026-01-31).")
@click.option("--limit", type=int, default=50, show_default=True)
@click.option("--after", default="", help="Go on after the last page: the token it ended with.")
@output_option
@data_options
def list_command(
    query: str,
    since: str | None,
    limit: int,
    after: str,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """Where they are and why they were refused, the newest first; QUERY narrows them
    (reason:unknown-format)."""
    with open_index(data, config) as (index, _):
        start = parse_moment(since, SystemClock().now()) if since else None
        page = index.search("dead-letters", query, since=start, limit=limit, after=after)
    print_page("dead-letters", page, output)


@dead_letters_group.command("replay")
@click.argument("query", default="")
@click.option("--since", help="From this time on (24h, 7d, 2026-01-31).")
@private_key_option
@data_options
def replay_command(
    query: str,
    since: str | None,
    private_key: Path | None,
    data: Path | None,
    config: Path | None,
) -> None:
    """Write the records that the dead letters of QUERY refer to into their topics again, marked
    with the header `egresswatch-replayed`. First mend what was wrong; each call writes them once
    more. With the private key, what a topic no longer has comes from its dead letter."""
    from monitor.runners.kafka.replay import replay

    kafka, opener = _over_kafka(config), _opener(private_key)
    with open_index(data, config) as (index, _):
        start = parse_moment(since, SystemClock().now()) if since else None
        letters: list[DeadLetter] = []
        after = ""
        while True:
            page = index.search("dead-letters", query, since=start, limit=AT_ONCE, after=after)
            letters += [msgspec.convert(row, DeadLetter) for row in page.rows]
            if not (after := page.after):
                break
        done = replay(kafka, letters, opener)
    click.echo(f"{done.written} written again, {done.gone} no longer in their topics")


@dead_letters_group.command("show")
@click.argument("letter_id", metavar="ID")
@private_key_option
@data_options
def show_command(
    letter_id: str, private_key: Path | None, data: Path | None, config: Path | None
) -> None:
    """Write the sealed payload of one dead letter to stdout, as it was. It holds personal data:
    mind where stdout goes."""
    from monitor.runners.kafka.replay import open_sealed

    kafka, opener = _over_kafka(config), _opener(private_key)
    with open_index(data, config) as (index, _):
        if opener is None:
            raise ValueError("--private-key is missing: payloads are sealed")
        rows = index.search("dead-letters", f'id:"{letter_id}"').rows
        letters = [msgspec.convert(row, DeadLetter) for row in rows]
        payload = open_sealed(kafka, letters, opener).get(letter_id)
        if payload is None:
            raise ValueError(
                "no payload: there is no such dead letter, it was too long to keep, or "
                "worker.dead_letter_key was not set then"
            )
    text = payload.value.decode("utf-8", "replace")
    if sys.stdout.isatty():
        click.echo(shown(text))
    else:
        click.echo(payload.value, nl=False)


@dead_letters_group.command("new-key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new_key_command(file: Path) -> None:
    """Write a new private key to FILE, and print the public key for worker.dead_letter_key. Keep
    the file where no worker can read it."""
    from monitor.runners.kafka.sealing import new_keys

    private, public = new_keys()
    with clear_errors():
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            problem = f"{file} cannot be made ({type(error).__name__}): name a new file"
            raise ValueError(problem) from None
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(private + "\n")
    click.echo(public)


def _over_kafka(config: Path | None) -> "KafkaSettings":
    with clear_errors():
        kafka = kafka_settings(config)
        if kafka is None:
            raise ValueError("only with `runtime: kafka`: an embedded run reads its files anew")
        return kafka


def _opener(private_key: Path | None) -> "Opener | None":
    if private_key is None:
        return None
    from monitor.runners.kafka.sealing import Opener

    with clear_errors():
        try:
            return Opener(private_key.read_text(encoding="ascii", errors="replace"))
        except OSError as error:
            problem = f"{private_key} cannot be read ({type(error).__name__})"
            raise ValueError(problem) from None
