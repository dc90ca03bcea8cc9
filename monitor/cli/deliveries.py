"""`egresswatch deliveries`: what was sent to whom, and what still waits."""

from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from alerts.delivery.ledger import Delivery, ledger
from alerts.delivery.outbox import Outbox, State
from monitor.cli.output import (
    Output,
    data_options,
    open_index,
    output_option,
    print_json,
    print_table,
    utc_text,
)
from monitor.state.database import transaction

COLUMNS = ("decided", "sink", "alert", "why", "state", "tries", "last error")


@click.command("deliveries")
@click.option("--sink", help="Of this sink only.")
@click.option("--alert", help="Of alerts whose id starts so.")
@click.option("--state", type=click.Choice(get_args(State)), help="In this state only.")
@click.option("--revive", metavar="SINK", help="First, let this sink's dead ones be tried again.")
@click.option("--limit", type=int, default=50, show_default=True)
@output_option
@data_options
def deliveries_command(
    sink: str | None,
    alert: str | None,
    state: State | None,
    revive: str | None,
    limit: int,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """What was sent to whom, the newest first: when, how often it was tried, and what failed."""
    with open_index(data, config, writable=revive is not None) as (_, connection):
        if revive is not None:
            with transaction(connection):
                count = Outbox(connection).revive(revive)
            click.echo(f"{count} dead deliveries of {revive} will be tried again", err=True)
        found = ledger(connection, sink=sink, alert=alert, state=state, limit=limit)
    if output == "table":
        print_table(COLUMNS, [_row(delivery) for delivery in found])
    else:
        print_json([msgspec.to_builtins(delivery) for delivery in found], output)


def _row(delivery: Delivery) -> tuple[Any, ...]:
    return (
        utc_text(delivery.created),
        delivery.sink,
        delivery.alert[:8],
        delivery.why,
        delivery.state,
        delivery.attempts,
        delivery.last_error,
    )
