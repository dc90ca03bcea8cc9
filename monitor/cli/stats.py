"""`egresswatch top`, `timeline`, `people` and `compare`: what the index has, in numbers."""

import sys
from pathlib import Path
from typing import Any

import click

from alerts.index.base import What
from alerts.index.compare import Period, compare
from monitor.cli.asking import (
    explain_nothing,
    in_option,
    measure_option,
    parse_every,
    question_options,
    since_option,
    times,
    until_option,
)
from monitor.cli.output import (
    Output,
    data_options,
    open_search,
    output_option,
    parse_moment,
    print_json,
    print_table,
    shown,
)
from monitor.cli.plot import plot
from monitor.clock import SystemClock

NO_PERSONAL_DATA = "no personal data was found in them"


@click.command("top")
@click.argument("field")
@click.option("--limit", type=int, default=10, show_default=True, help="Values to show.")
@measure_option
@question_options
def top_command(
    field: str,
    query: str,
    what: What,
    since: str | None,
    until: str | None,
    limit: int,
    measure: str,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """The most frequent values of FIELD, with their counts, first and last time.

    \b
      egresswatch top service 'subprocessor:stripe'      who sends to Stripe
      egresswatch top subprocessor --sum bytes           who gets most
    """
    with open_search(data, config) as index:
        bounds = times(since, until)
        if measure:
            found = index.top(what, field, query, measure=measure, limit=limit, **bounds)
            columns, rows = (field, measure), [list(one) for one in found]
        else:
            seen = index.seen(what, field, query, limit=limit, **bounds)
            columns = (field, what, "first (UTC)", "last (UTC)")
            rows = [list(one) for one in seen]
        if not rows:
            explain_nothing(index, what, query, bounds, lacking=f"none has a {field}")
    print_rows(output, columns, rows)


@click.command("timeline")
@click.option("--every", default="1h", show_default=True, help="The windows: 5m, 1h, 1d.")
@click.option("--by", default="", help="One series each for the values of this field.")
@click.option("--limit", type=int, default=5, show_default=True, help="Series to show.")
@measure_option
@question_options
def timeline_command(
    query: str,
    what: What,
    every: str,
    by: str,
    limit: int,
    measure: str,
    since: str | None,
    until: str | None,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """Counts over time: a plot on a terminal, else a table.

    \b
      egresswatch timeline 'subprocessor:stripe' --by service --every 1d --since 30d
      egresswatch timeline --in sums 'category:user.contact' --sum values
    """
    with open_search(data, config) as index:
        bounds = times(since, until)
        width = parse_every(every)
        found = index.timeline(what, width, query, by=by, measure=measure, limit=limit, **bounds)
        if not found.starts:
            explain_nothing(index, what, query, bounds)
    if output == "table" and sys.stdout.isatty() and found.starts:
        click.echo(plot(found, f"{measure or what} every {every}"))
        return
    names = list(found.series)
    rows = [
        [start, *(found.series[name][n] for name in names)] for n, start in enumerate(found.starts)
    ]
    print_rows(output, ("from (UTC)", *(name or measure or what for name in names)), rows)


@click.command("people")
@click.argument("query", default="")
@since_option
@until_option
@output_option
@data_options
def people_command(
    query: str,
    since: str | None,
    until: str | None,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """How many distinct people, by category, with the bounds of each estimate (95 %).

    QUERY asks of the sums: subprocessor, service, category, channel. A person's address and phone
    are two values: the category with the most of them is the best estimate of people.

    \b
      egresswatch people subprocessor:stripe --since 30d
      egresswatch people 'service:crm NOT registered:true'
    """
    with open_search(data, config) as index:
        bounds = times(since, until)
        found = index.subjects(query, **bounds)
        if not found:
            explain_nothing(index, "sums", query, bounds, lacking=NO_PERSONAL_DATA)
    rows: list[list[Any]] = [[name, *estimate] for name, estimate in found.items()]
    print_rows(output, ("category", "people", "at least", "at most"), rows)
    if found:
        name, (value, low, high) = max(found.items(), key=lambda one: one[1].value)
        click.echo(f"about {value:,} people ({low:,} to {high:,}), by {shown(name)}", err=True)


@click.command("compare")
@click.argument("field")
@click.argument("query", default="")
@in_option
@click.option("--before", nargs=2, required=True, metavar="SINCE UNTIL", help="The first period.")
@click.option("--after", nargs=2, required=True, metavar="SINCE UNTIL", help="The second period.")
@click.option("--limit", type=int, default=20, show_default=True, help="Values to show.")
@measure_option
@output_option
@data_options
def compare_command(
    field: str,
    query: str,
    what: What,
    before: tuple[str, str],
    after: tuple[str, str],
    limit: int,
    measure: str,
    output: Output,
    data: Path | None,
    config: Path | None,
) -> None:
    """What changed most between two periods, by the values of FIELD.

    \b
      egresswatch compare service 'subprocessor:stripe' --before 14d 7d --after 7d 0s
    """
    now = SystemClock().now()
    with open_search(data, config) as index:
        first, second = (
            Period(parse_moment(since, now), parse_moment(until, now))
            for since, until in (before, after)
        )
        changes = compare(
            index, what, field, query, before=first, after=second, measure=measure, limit=limit
        )
        if not changes:
            explain_nothing(index, what, query, {"since": first.since, "until": second.until})
    rows = [[one.value, one.before, one.after, f"{one.difference:+d}"] for one in changes]
    print_rows(output, (field, "before", "after", "change"), rows)


def print_rows(output: Output, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    """Rows as a table, or as JSON objects under the names of the columns; JSON says of each time
    that it is UTC."""
    if output == "table":
        print_table(columns, rows)
    else:
        names = [column.removesuffix(" (UTC)") for column in columns]
        print_json([dict(zip(names, row, strict=True)) for row in rows], output)
