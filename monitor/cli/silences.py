"""`egresswatch silences`: keep certain alerts quiet for a time, with an owner and a reason."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from alerts.desk.silences import Silenced, new_silence
from alerts.index.sqlite import SqliteIndex
from detectors.records import Command, Silence
from monitor.cli.asking import parse_every
from monitor.cli.output import (
    Output,
    clear_errors,
    data_options,
    kafka_settings,
    login,
    open_index,
    output_option,
    parse_moment,
    print_json,
    print_table,
    utc_text,
)
from monitor.clock import SystemClock
from monitor.silencing import find_silence, known_silences
from monitor.state.database import transaction
from monitor.state.store import StateStore


@click.group("silences")
def silences_group() -> None:
    """Silences: alerts that fit are kept, marked, and told to nobody until the end."""


@silences_group.command("add")
@click.argument("matchers", nargs=-1, required=True)
@click.option("--for", "span", help="How long from now on: 90m, 2h, 3d.")
@click.option("--until", help="Until this moment: 2026-01-31T12:00:00Z. One of both is needed.")
@click.option("--from", "start", help="From this moment on; now if not given.")
@click.option("--reason", required=True, help="Why.")
@click.option("--owner", default="", help="Who answers for it; the login name if not given.")
@data_options
def add_command(
    matchers: tuple[str, ...],
    span: str | None,
    until: str | None,
    start: str | None,
    reason: str,
    owner: str,
    data: Path | None,
    config: Path | None,
) -> None:
    """Keep alerts quiet that fit all MATCHERS: subprocessor=stripe 'rule=~volume-.*' severity=low.

    Labels are subprocessor, rule, owner, severity, service, category and destination; operators are
    =, !=, =~ and !~ (regular expressions of the whole value).
    """
    now = SystemClock().now()
    with clear_errors():
        starts = parse_moment(start, now) if start else now
        silence = new_silence(
            matchers,
            owner=owner or login(),
            reason=reason,
            starts=starts,
            ends=_end(span, until, starts, now),
            said=now,
        )
    _say(data, config, silence, now)
    click.echo(f"silence {silence.id} until {utc_text(silence.ends)} UTC")


@silences_group.command("expire")
@click.argument("silence_id", metavar="ID")
@data_options
def expire_command(silence_id: str, data: Path | None, config: Path | None) -> None:
    """End a silence now: what is still open is told. ID may be as short as is unique."""
    now = SystemClock().now()
    with open_index(data, config) as (index, connection):
        silence = find_silence(known_silences(index, StateStore(connection)), silence_id)
        if silence.ends <= now:
            raise ValueError(f"silence {silence.id} has ended already")
    ended = msgspec.structs.replace(silence, starts=min(silence.starts, now), ends=now)
    _say(data, config, ended, now)
    click.echo(f"silence {silence.id} is over")


@silences_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that ended in the last week too.")
@output_option
@data_options
def list_command(everything: bool, output: Output, data: Path | None, config: Path | None) -> None:
    """Silences, the one that ends first coming first, with how many alerts each has muted."""
    now = SystemClock().now()
    with open_index(data, config) as (index, connection):
        known = known_silences(index, StateStore(connection))
    shown = [one for one in known if everything or one.silence.ends > now]
    if output == "table":
        names = ("id", "state", "from", "until", "owner", "hits", "matchers", "reason")
        print_table(names, [_row(one, now) for one in shown])
    else:
        print_json([msgspec.to_builtins(one) for one in shown], output)


def _row(one: Silenced, now: datetime) -> tuple[Any, ...]:
    silence = one.silence
    state = "active" if one.is_active(now) else "ended" if silence.ends <= now else "waiting"
    starts, ends = utc_text(silence.starts), utc_text(silence.ends)
    fits = " ".join(silence.matchers)
    return silence.id, state, starts, ends, silence.owner, one.hits, fits, silence.reason


def _end(span: str | None, until: str | None, starts: datetime, now: datetime) -> datetime:
    if (span is None) == (until is None):
        raise ValueError("a silence needs an end: give --for SPAN or --until MOMENT")
    return starts + parse_every(span) if span else parse_moment(until or "", now)


def _say(data: Path | None, config: Path | None, silence: Silence, now: datetime) -> None:
    """Keeps the command, or sends it to every worker of the alert stage."""
    command = Command(at=now, action="silence", who=silence.owner, silence=silence)
    with clear_errors():
        kafka = kafka_settings(config) if data is None else None
    if kafka is None:
        with open_index(data, config, writable=True) as (index, connection):
            _keep(index, connection, command)
        return
    from monitor.runners.kafka.sending import send_to_all

    with clear_errors():
        send_to_all(kafka, command)


def _keep(index: SqliteIndex, connection: sqlite3.Connection, command: Command) -> None:
    with transaction(connection):
        index.add_command(command)
