"""`egresswatch dead-letters`: records that could not be read, and another try at them."""

from pathlib import Path

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
)
from monitor.cli.search import print_page
from monitor.clock import SystemClock

AT_ONCE = 500


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
@data_options
def replay_command(query: str, since: str | None, data: Path | None, config: Path | None) -> None:
    """Write the records that the dead letters of QUERY refer to into their topics again, marked
    with the header `egresswatch-replayed`. First mend what was wrong; each call writes them once
    more."""
    from monitor.runners.kafka.sending import replay

    with clear_errors():
        kafka = kafka_settings(config)
        if kafka is None:
            raise ValueError("only with `runtime: kafka`: an embedded run reads its files anew")
    with open_index(data, config) as (index, _):
        start = parse_moment(since, SystemClock().now()) if since else None
        letters: list[DeadLetter] = []
        after = ""
        while True:
            page = index.search("dead-letters", query, since=start, limit=AT_ONCE, after=after)
            letters += [msgspec.convert(row, DeadLetter) for row in page.rows]
            if not (after := page.after):
                break
        done = replay(kafka, letters)
    click.echo(f"{done.written} written again, {done.gone} no longer in their topics")
