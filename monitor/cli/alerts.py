"""`egresswatch alerts`: the queue of incidents, and an analyst's answers to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
import msgspec

from alerts.index.fields import ALERTS
from alerts.index.query import parse
from alerts.index.sqlite import SqliteIndex
from detectors.records import Alert, Finding, Verdict, encode
from detectors.records.alert import Action
from monitor.answers import consider, find_alert, give_answer
from monitor.cli.alert_page import alert_page
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
)
from monitor.cli.search import print_page
from monitor.clock import SystemClock

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@click.group("alerts")
def alerts_group() -> None:
    """The alert queue: list, show, and an analyst's answers."""


@alerts_group.command("list")
@click.argument("query", default="")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("--since", help="Opened from this time on (24h, 7d, 2026-01-31).")
@click.option("--limit", type=int, default=50, show_default=True)
@click.option("--after", default="", help="Go on after the last page: the token it ended with.")
@output_option
@data_options
def list_command(
    query: str,
    everything: bool,
    since: str | None,
    limit: int,
    after: str,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """Alerts that wait for an answer, the newest first; QUERY narrows them (severity:critical)."""
    with open_index(data, config) as (index, _):
        start = parse_moment(since, SystemClock().now()) if since else None
        parse(ALERTS, query)  # alone first, so that an error's position is that of the user's text
        asked = query if everything else _and_open(query)
        page = index.search("alerts", asked, since=start, limit=limit, after=after)
    print_page("alerts", page, output)


@alerts_group.command("show")
@click.argument("alert_id", metavar="ID")
@output_option
@data_options
def show_command(alert_id: str, output: Output, data: Path | None, config: Path | None) -> None:
    """Everything about one alert. ID may be as short as is unique."""
    with open_index(data, config) as (index, _):
        alert = find_alert(index, alert_id)
        findings = _findings(index, alert)
    if output == "table":
        click.echo(alert_page(alert, findings, SystemClock().now()))
    else:
        print_json([msgspec.json.decode(encode(alert), type=dict[str, Any])], output)


def _answer_options(command: CommandT) -> CommandT:
    """What every answer takes."""
    version = click.option(
        "--version", type=int, help="Refuse if the alert has changed since this version of it."
    )
    note = click.option("--note", default="", help="A word to those who come after.")
    who = click.option("--who", default="", help="Who says so; the login name if not given.")
    return click.argument("alert_id", metavar="ID")(version(who(note(data_options(command)))))


@alerts_group.command("ack")
@_answer_options
def ack_command(alert_id: str, **said: Any) -> None:
    """Take an alert on: others see that somebody is at it."""
    alert = _answer(alert_id, "acknowledge", **said)
    click.echo(f"alert {alert.id[:8]} is acknowledged")


@alerts_group.command("close")
@click.option(
    "--verdict",
    required=True,
    type=click.Choice(get_args(Verdict)),
    help="What it turned out to be; the system learns from it.",
)
@click.option("--of", "duplicate_of", default="", help="For a duplicate: the id of the other one.")
@_answer_options
def close_command(alert_id: str, verdict: Verdict, **said: Any) -> None:
    """Close an alert with a verdict."""
    alert = _answer(alert_id, "close", verdict=verdict, **said)
    click.echo(f"alert {alert.id[:8]} is closed as {verdict}")


@alerts_group.command("reopen")
@_answer_options
def reopen_command(alert_id: str, **said: Any) -> None:
    """Open a closed alert again: its verdict was wrong."""
    alert = _answer(alert_id, "reopen", **said)
    click.echo(f"alert {alert.id[:8]} is open again")


@alerts_group.command("assign")
@click.option("--to", "assignee", required=True, help="Whose it is; '' for nobody's.")
@_answer_options
def assign_command(alert_id: str, **said: Any) -> None:
    """Say whose an alert is."""
    alert = _answer(alert_id, "assign", **said)
    click.echo(f"alert {alert.id[:8]} is {alert.assignee or 'nobody'}'s")


@alerts_group.command("note")
@_answer_options
@click.argument("words")
def note_command(alert_id: str, words: str, note: str, **said: Any) -> None:
    """Add WORDS to an alert's history."""
    alert = _answer(alert_id, "note", note=f"{words} {note}".strip(), **said)
    click.echo(f"alert {alert.id[:8]} has the note")


def _answer(
    alert_id: str,
    action: Action,
    *,
    data: Path | None,
    config: Path | None,
    who: str,
    **said: Any,
) -> Alert:
    """Keeps a command and what it makes of the alert, both or neither. Over Kafka the alert stage
    does that: the command goes there, and the answer is what it will make of the alert."""
    with clear_errors():
        kafka = kafka_settings(config) if data is None else None
    said |= {"action": action, "at": SystemClock().now(), "who": who or login()}
    with open_index(data, config, writable=kafka is None) as (index, connection):
        if kafka is None:
            return give_answer(index, connection, alert_id, **said)
        answer = consider(index, alert_id, **said)
    from monitor.runners.kafka.sending import send_command

    with clear_errors():
        send_command(kafka, answer.command, answer.before.subprocessor)
    return answer.after


def _and_open(query: str) -> str:
    return f"({query}) AND NOT status:closed" if query.strip() else "NOT status:closed"


def _findings(index: SqliteIndex, alert: Alert) -> list[Finding]:
    """The findings that the alert's reasons speak of, the strongest first."""
    rows = [
        index.search("findings", f'id:"{reason.finding}"', limit=1).rows for reason in alert.reasons
    ]
    return [msgspec.convert(row, Finding) for found in rows for row in found]
