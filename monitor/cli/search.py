"""`egresswatch search`: ask the index in Lucene syntax."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from alerts.index.base import Page, What
from alerts.index.export import export, format_of, pages
from monitor.cli.asking import explain_nothing, question_options, times
from monitor.cli.output import Output, open_search, print_json, print_table, utc_text

Row = dict[str, Any]
Column = tuple[str, Callable[[Row], object]]


def _at(row: Row) -> str:
    return utc_text(row["@timestamp"])


def _member(name: str) -> Callable[[Row], object]:
    return lambda row: row.get(name)


def _of_each(name: str, member: str) -> Callable[[Row], object]:
    return lambda row: [one[member] for one in row.get(name, [])]


def _number(name: str) -> Callable[[Row], object]:
    return lambda row: row.get(name, 0)


def _values(row: Row) -> int:
    return sum(category["values"] for category in row.get("egresswatch.categories", []))


def _suppressed(row: Row) -> list[str]:
    return [f"{one['reason']} {one['values']}" for one in row.get("egresswatch.suppressed", [])]


COLUMNS: dict[What, tuple[Column, ...]] = {
    "flows": (
        ("time (UTC)", _at),
        ("service", _member("service.name")),
        ("sub-processor", _member("egresswatch.subprocessor")),
        ("destination", _member("destination.domain")),
        ("categories", _of_each("egresswatch.categories", "name")),
        ("values", _values),
        ("suppressed", _suppressed),
        ("bytes", _number("egresswatch.bytes")),
        ("violations", _of_each("egresswatch.violations", "rule")),
    ),
    "alerts": (
        ("opened (UTC)", _at),
        ("id", lambda row: row["event.id"][:8]),
        ("severity", _member("egresswatch.severity")),
        ("status", lambda row: row.get("egresswatch.verdict") or row["egresswatch.status"]),
        ("what", _member("title")),
        ("events", _number("egresswatch.events")),
        ("people", _number("egresswatch.subjects.estimate")),
        ("last (UTC)", lambda row: utc_text(row["event.end"])),
    ),
    "findings": (
        ("time (UTC)", _at),
        ("rule", _member("rule.id")),
        ("sub-processor", _member("egresswatch.subprocessor")),
        ("service", _member("service.name")),
        ("category", _member("egresswatch.category")),
        ("events", _number("egresswatch.events")),
        ("what", _member("message")),
    ),
    "sums": (
        ("minute (UTC)", _at),
        ("service", _member("service.name")),
        ("sub-processor", _member("egresswatch.subprocessor")),
        ("category", _member("egresswatch.category")),
        ("events", _number("egresswatch.events")),
        ("values", _number("egresswatch.values")),
        ("bytes", _number("egresswatch.bytes")),
        ("late", lambda row: row.get("egresswatch.late", False)),
    ),
    "dead-letters": (
        ("time (UTC)", _at),
        ("input", _member("egresswatch.partition")),
        ("offset", _number("egresswatch.offset")),
        ("reason", _member("error.code")),
        ("problem", _member("error.message")),
    ),
}
"""What a table shows of each kind of record; the JSON has everything."""


@click.command("search")
@click.option("--limit", type=int, default=50, show_default=True, help="Records to show.")
@click.option("--after", default="", help="Go on after the last page: the token it ended with.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write ALL records that match to this file (.csv, .ndjson or .parquet) instead.",
)
@question_options
def search_command(
    query: str,
    what: What,
    since: str | None,
    until: str | None,
    limit: int,
    after: str,
    export_to: Path | None,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """Search flows, alerts, findings, sums or dead letters; the newest come first.

    QUERY is Lucene syntax. Clauses side by side must all hold.

    \b
      subprocessor:stripe AND category:user.contact.email
      category:user.contact NOT registered:true       a parent finds its children
      destination:*.example.com bytes:>=10000
      violation:(plaintext-http OR weak-tls)
      @timestamp:[2026-01-01 TO 2026-01-31] field:"body>json:$.email"
    """
    with open_search(data, config) as index:
        bounds = times(since, until)
        if export_to:
            format_of(export_to)  # before anything is read or written
            count = export(what, pages(index, what, query, **bounds), export_to)
            click.echo(f"{count:,} {what} in {export_to}", err=True)
            return
        page = index.search(what, query, limit=limit, after=after, **bounds)
        if page.total == 0:
            explain_nothing(index, what, query, bounds)
    print_page(what, page, output)


def print_page(what: What, page: Page, output: Output) -> None:
    """The page on stdout; how much more there is, and how to see it, on stderr."""
    if output == "table":
        columns = COLUMNS[what]
        print_table(
            [name for name, _ in columns], [[read(row) for _, read in columns] for row in page.rows]
        )
    else:
        print_json(page.rows, output)
    more = f"; the next page: --after {page.after}" if page.after else ""
    click.echo(f"{len(page.rows):,} of {page.total:,} {what}{more}", err=True)
