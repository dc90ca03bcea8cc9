"""`egresswatch subject`: was a person's value sent to anybody? No store here knows people."""

import getpass
import hmac
import os
import secrets
import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import click

from alerts.index.elastic.config import ElasticConfig
from alerts.index.members import Asked, Lookup, MemberSets, MemberStore, question
from monitor.cli.index import config_option
from monitor.cli.output import Output, clear_errors, login, output_option, parse_moment
from monitor.cli.stats import print_rows
from monitor.clock import SystemClock
from monitor.keys import load_keyring
from monitor.settings import Settings, SubjectLookupSettings, load_settings
from monitor.state.database import FILE_NAME, connect, transaction

TOKEN = "EGRESSWATCH_SUBJECT_TOKEN"  # noqa: S105 - the name of the variable


@click.command("subject")
@click.option("--reason", default="", help="Why you ask (a request's number); it is audited.")
@click.option("--who", default="", help="Who asks; the login name if not given.")
@click.option("--since", help="From this day on (30d, 2026-01-31).")
@click.option("--until", help="Before this day.")
@click.option("--new-token", is_flag=True, help="Make a token for those who may ask.")
@click.option("--audit", "show_audit", is_flag=True, help="Who has asked so far.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Ask the database in this folder, and not the index that the configuration names.",
)
@output_option
@config_option
def subject_command(
    reason: str,
    who: str,
    since: str | None,
    until: str | None,
    new_token: bool,
    show_audit: bool,
    data: Path | None,
    output: Output,
    config: Path,
) -> None:
    """Whether an address, phone number or id was sent: to whom, in which category, since when.

    The value is asked for, or read from the standard input where that is no terminal. It is never
    an argument: those stay in the shell's history and in the list of processes. The token comes
    from EGRESSWATCH_SUBJECT_TOKEN, or is asked for. Every question is written to the audit, and
    so is one that is refused.
    """
    if new_token:
        _make_token()
        return
    with clear_errors():
        settings = load_settings(config)
        permitted = _permitted(settings, os.environ.get(TOKEN, ""))
        with _opened(settings, data) as (sets, writing):
            if not permitted:
                _refuse(sets, writing, reason, who)
            if show_audit:
                columns = ("at", "who", "reason", "subject", "since", "until")
                print_rows(output, columns, [list(one) for one in sets.audited()])
                return
            found = _ask(sets, writing, settings, reason, who, _days(since, until))
            period = sets.period()
    _print(found, period, output)


Opened = tuple[MemberStore, AbstractContextManager[None]]
"""What is asked, and the transaction that the audit is written in."""


def _opened(settings: Settings, data: Path | None) -> AbstractContextManager[Opened]:
    """As for searching: the index that the configuration names, else the database."""
    if data is not None or settings.index is None:
        return _database(data or settings.data)
    return _elastic(settings.index, settings.subject_lookup)


@contextmanager
def _database(folder: Path) -> Generator[Opened]:
    path = folder / FILE_NAME
    if not path.is_file():
        raise ValueError(f"there is no {path}: has `egresswatch run` written there yet?")
    with closing(connect(path)) as connection:
        sets = MemberSets(connection)
        sets.create()
        yield sets, transaction(connection)


@contextmanager
def _elastic(config: ElasticConfig, lookup: SubjectLookupSettings | None) -> Generator[Opened]:
    from alerts.index.elastic.layout import Layout
    from alerts.index.elastic.members import ElasticMembers

    if lookup and lookup.api_key_file:
        own = {"api_key": None, "api_key_file": lookup.api_key_file}
        config = config.model_copy(update=own)
    with closing(config.connect()) as client:
        yield ElasticMembers(client, Layout(config)), nullcontext()


def _ask(
    sets: MemberStore,
    writing: AbstractContextManager[None],
    settings: Settings,
    reason: str,
    who: str,
    days: tuple[date | None, date | None],
) -> Lookup:
    if not reason.strip():
        raise ValueError("why do you ask? Give --reason (the number of a request); it is audited")
    value = _value()
    keys = load_keyring(settings)
    current = next(iter(keys.values()))
    now = SystemClock().now()
    since, until = days
    entry = question(
        value, current, at=now, who=_asker(who), reason=reason, since=since, until=until
    )
    with writing:  # committed before anything is answered
        sets.audit(entry)
    return sets.lookup(value, keys, since, until)


def _refuse(
    sets: MemberStore, writing: AbstractContextManager[None], reason: str, who: str
) -> NoReturn:
    """Writes down that somebody tried, and fails."""
    at = SystemClock().now().isoformat()
    with writing:
        sets.audit(Asked(at, _asker(who), f"REFUSED (wrong token) {reason}".rstrip(), "", "", ""))
    raise ValueError(f"this token may not look up persons: set {TOKEN}")


def _asker(who: str) -> str:
    """Who asks, as they say, and as the system knows them."""
    return f"{who} ({login()})" if who else login()


def _make_token() -> None:
    token = secrets.token_urlsafe(32)
    click.echo(f"token (for those who may ask): {token}")
    click.echo("in the configuration:")
    click.echo(f"subject_lookup: {{token_sha256: {sha256(token.encode()).hexdigest()}}}")


def _permitted(settings: Settings, token: str) -> bool:
    """Whether the caller has the token; ValueError where looking up is off."""
    if settings.subject_lookup is None:
        raise ValueError(
            "looking up persons is off: see `egresswatch subject --new-token` and `subject_lookup`"
        )
    if not token and sys.stdin.isatty():
        token = getpass.getpass("token: ")
    digest = sha256(token.encode()).hexdigest()
    return hmac.compare_digest(digest, settings.subject_lookup.token_sha256)


def _value() -> str:
    """The value; never from the arguments."""
    value = getpass.getpass("value: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not value.strip():
        raise ValueError("no value: type it when asked, or pipe it in")
    return value.strip()


def _days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    now = SystemClock().now()
    return (
        parse_moment(since, now).date() if since else None,
        parse_moment(until, now).date() if until else None,
    )


def _print(found: Lookup, period: tuple[date, date] | None, output: Output) -> None:
    rows = [
        [
            one.subprocessor,
            one.category,
            one.days,
            str(one.first),
            str(one.last),
            f"{one.false_positive:.1g}",
        ]
        for one in found.sent
    ]
    print_rows(output, ("sub-processor", "category", "days", "first", "last", "by mistake"), rows)
    for line in _about(found, period):
        click.echo(line, err=True)


def _about(found: Lookup, period: tuple[date, date] | None) -> Iterator[str]:
    """What the answer covers, how sure it is, and what it does not say."""
    if found.sets:
        yield (
            f"{found.sets:,} sets asked, of {found.first} to {found.last}; a value that was never "
            f"sent would be found by mistake with a probability of {found.false_positive:.2g}"
        )
    elif not found.gaps:
        yield "nothing to ask: " + (
            f"there are sets from {period[0]} to {period[1]}" if period else "there are no sets yet"
        )
    if found.sets and not found.sent:
        yield "not sent, as far as requests were inspected and the value recognised in them"
    for gap in found.gaps:
        yield (
            f"not answered: {gap.first} to {gap.last}, made with key {gap.key_id}, which is not in "
            "retired_pseudonym_key_files"
        )
