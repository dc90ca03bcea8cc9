"""`egresswatch deliveries`: what was sent to whom, and what still waits."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec

from alerts.delivery.ledger import Delivery, ledger
from alerts.delivery.outbox import Outbox, State
from monitor.cli.output import (
    Output,
    clear_errors,
    data_options,
    kafka_settings,
    login,
    open_index,
    output_option,
    print_json,
    print_table,
    utc_text,
)
from monitor.clock import SystemClock
from monitor.state.database import transaction

if TYPE_CHECKING:
    from monitor.kafka.settings import KafkaSettings

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
    with clear_errors():
        kafka = kafka_settings(config) if revive and data is None else None
    writable = revive is not None and kafka is None
    with open_index(data, config, writable=writable) as (_, connection):
        if revive is not None:
            count = _revive(connection, revive, kafka)
            click.echo(f"{count} dead deliveries of {revive} will be tried again", err=True)
        found = ledger(connection, sink=sink, alert=alert, state=state, limit=limit)
    if output == "table":
        print_table(COLUMNS, [_row(delivery) for delivery in found])
    else:
        print_json([msgspec.to_builtins(delivery) for delivery in found], output)


def _revive(connection: sqlite3.Connection, sink: str, kafka: "KafkaSettings | None") -> int:
    """How many deliveries it is about. Over Kafka the deliver stage does it, and here is a copy."""
    if kafka is None:
        with transaction(connection):
            return len(Outbox(connection).revive(sink))
    from monitor.runners.kafka.revival import Revival
    from monitor.runners.kafka.sending import send_revival

    with clear_errors():
        send_revival(kafka, Revival(at=SystemClock().now(), sink=sink, who=login()))
    return Outbox(connection).counts().get(sink, {}).get("dead", 0)


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
