"""`egresswatch about` and `fields`: one sub-processor, at a glance and field by field."""

from pathlib import Path
from typing import Any

import click

from alerts.index.about import About, about, of_subprocessor
from alerts.index.base import Seen
from alerts.index.compare import inventory
from monitor.cli.asking import explain_nothing, since_option, times, until_option
from monitor.cli.output import (
    Output,
    data_options,
    open_search,
    output_option,
    print_json,
    print_table,
    shown,
)
from monitor.cli.stats import NO_PERSONAL_DATA, print_rows

TIMES = ("first (UTC)", "last (UTC)")


@click.command("about")
@click.argument("subprocessor")
@since_option
@until_option
@output_option
@data_options
def about_command(
    subprocessor: str,
    since: str | None,
    until: str | None,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """What went to a sub-processor: since when, from whom, how much, how many people.

    \b
      egresswatch about stripe --since 30d
    """
    with open_search(data, config) as index:
        bounds = times(since, until)
        found = about(index, subprocessor, **bounds)
        if found.span.total == 0:
            explain_nothing(index, "flows", of_subprocessor(subprocessor), bounds)
    if output != "table":
        print_json([_members(found)] if found.span.total else [], output)
    elif found.span.total:
        _print(subprocessor, found)


@click.command("fields")
@click.argument("subprocessor")
@click.argument("query", default="")
@since_option
@until_option
@output_option
@data_options
def fields_command(
    subprocessor: str,
    query: str,
    since: str | None,
    until: str | None,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """Which fields a sub-processor gets, with their category, first and last time."""
    asked = of_subprocessor(subprocessor) + (f" AND ({query})" if query.strip() else "")
    with open_search(data, config) as index:
        bounds = times(since, until)
        uses = inventory(index, asked, **bounds)
        if not uses:
            explain_nothing(index, "flows", asked, bounds, lacking=NO_PERSONAL_DATA)
    print_rows(output, ("category", "field", "flows", *TIMES), [list(use) for use in uses])


def _print(subprocessor: str, found: About) -> None:
    """The facts, then a table for each question."""
    span = found.span
    click.echo(
        f"{shown(subprocessor)}: {span.total:,} requests, {found.bytes:,} bytes of bodies, from "
        f"{shown(span.first)} to {shown(span.last)} UTC"
    )
    alerts = ", ".join(f"{count} {status}" for status, count in found.alerts.items())
    click.echo(f"alerts so far: {alerts or 'none'}")
    categories = [
        [one.category, one.flows, one.fields, *one.people, one.first, one.last]
        for one in found.categories
    ]
    _section(("category", "flows", "fields", "people", "at least", "at most", *TIMES), categories)
    for name, seen in (
        ("service", found.services),
        ("destination", found.destinations),
        ("broken rule", found.violations),
    ):
        _section((name, "flows", *TIMES), [list(one) for one in seen])


def _section(columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    if rows:
        click.echo()
        print_table(columns, rows)


def _members(found: About) -> dict[str, Any]:
    return {
        "flows": found.span.total,
        "bytes": found.bytes,
        "first": found.span.first,
        "last": found.span.last,
        "alerts": found.alerts,
        "categories": [
            one._asdict() | {"people": one.people._asdict()} for one in found.categories
        ],
        "services": _as_objects(found.services),
        "destinations": _as_objects(found.destinations),
        "violations": _as_objects(found.violations),
    }


def _as_objects(seen: list[Seen]) -> list[dict[str, Any]]:
    return [one._asdict() for one in seen]
