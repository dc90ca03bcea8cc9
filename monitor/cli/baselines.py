"""`egresswatch baselines`: what is usual for each key, and what it takes to be told."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from alerts.index.sqlite import SqliteIndex
from detectors.anomaly.rows import Key
from detectors.records import Feedback, PartialSum
from detectors.records.base import convert
from detectors.records.sums import ANY_CATEGORY
from monitor.cli.output import (
    Output,
    clear_errors,
    configured,
    data_options,
    open_index,
    output_option,
    print_json,
    print_table,
    utc_text,
)
from monitor.state.database import FILE_NAME
from monitor.state.store import StateStore

if TYPE_CHECKING:
    from detectors.anomaly import Baseline
    from detectors.anomaly.standing import FleetStanding, KeyStanding

PAGE = 500
COLUMNS = (
    "sub-processor",
    "service",
    "category",
    "channel",
    "usual an hour",
    "+/-",
    "visits",
    "bar",
    "raised",
    "last alarm",
    "verdicts",
)


@click.group("baselines")
def baselines_group() -> None:
    """What is usual, and the threshold in force."""


@baselines_group.command("show")
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@output_option
@data_options
def show_command(
    query: str, limit: int, output: Output, data: Path | None, config: Path | None
) -> None:
    """What the hour under way should bring for each key, and how unlikely more must be to be told.

    QUERY narrows the keys as it does in `search --in sums` (subprocessor:stripe service:billing).
    The bar is log10 of how often such a score comes by chance; verdicts are those that moved it, or
    what is usual. Reads the embedded database; over Kafka the baselines' changelog, with the
    verdicts from the database that the stage `index` fills.
    """
    from detectors.anomaly.standing import fleet_standing, key_standings, together, verdicts_on

    baselines, answers = _stored(data, config)
    keys = sorted(
        (key for baseline in baselines for key in key_standings(baseline)), key=lambda one: one.key
    )
    chosen = _matching(keys, query) if query else keys
    told = [(key, verdicts_on(key, answers)) for key in chosen[:limit]]
    if output == "table":
        print_table(COLUMNS, [_row(key, verdicts) for key, verdicts in told])
        hour = max(baseline.progress.hour for baseline in baselines)
        fleet = together([fleet_standing(baseline) for baseline in baselines])
        click.echo(_summary(fleet, hour, len(told), len(chosen)))
    else:
        print_json([_plain(key, verdicts) for key, verdicts in told], output)


def _stored(data: Path | None, config: Path | None) -> tuple[list["Baseline"], list[Feedback]]:
    """The baselines, one for each partition over Kafka, and what analysts said."""
    from detectors.anomaly import BaselineSettings
    from monitor.baselines import answers_in, stored_baseline, verdicts_in

    settings = None if data else configured(config)
    own = settings.baseline if settings else BaselineSettings()
    if settings is None or settings.kafka is None:
        with open_index(data, config) as (index, connection):
            state = StateStore(connection).state("baseline")
            return [stored_baseline(own, state)], answers_in(index)
    from monitor.runners.kafka.stored import stored_states

    with clear_errors():
        baselines = [stored_baseline(own, state) for state in stored_states(settings.kafka)]
    if not (settings.data / FILE_NAME).is_file():
        return baselines, []
    with open_index(settings.data, None) as (index, _):
        return baselines, verdicts_in(index)


def _matching(keys: Sequence["KeyStanding"], query: str) -> list["KeyStanding"]:
    """The keys whose sums a query finds: asked of an index that holds one sum a key."""
    with clear_errors(), closing(sqlite3.connect(":memory:")) as connection:
        index = SqliteIndex.create(connection)
        index.add_sums([_sum(key) for key in keys])
        found = {_key_of(row) for row in _all(index, query)}
    return [key for key in keys if key.key in found]


def _all(index: SqliteIndex, query: str) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = index.search("sums", query, limit=PAGE, after=after)
        yield from page.rows
        after = page.after
        if not after:
            return


def _sum(key: "KeyStanding") -> PartialSum:
    return PartialSum(
        window=key.seen,
        channel="access" if key.channel == "access" else "egress",
        subprocessor=key.subprocessor,
        service=key.service,
        category=key.category or ANY_CATEGORY,
    )


def _key_of(row: dict[str, Any]) -> Key:
    part = convert(PartialSum, row)
    return part.channel, part.subprocessor, part.service, part.category


def _row(key: "KeyStanding", verdicts: Sequence[Feedback]) -> tuple[Any, ...]:
    return (
        key.subprocessor,
        key.service,
        key.category or "(requests)",
        key.channel,
        f"{key.usual:,.1f}",
        f"{key.spread:,.1f}",
        key.visits,
        f"{key.bar:.2f}",
        f"{key.raised:.2f}" if key.raised else "",
        utc_text(key.told) if key.told else "",
        [f"{one.verdict} {one.rule} {one.at:%Y-%m-%d}" for one in verdicts],
    )


def _plain(key: "KeyStanding", verdicts: Sequence[Feedback]) -> dict[str, Any]:
    return {**msgspec.to_builtins(key), "verdicts": [msgspec.to_builtins(one) for one in verdicts]}


def _summary(fleet: "FleetStanding", hour: datetime, shown: int, found: int) -> str:
    """The fleet in a paragraph."""
    raised = f", raised by {-fleet.raised:.2f} for the budget" if fleet.raised else ""
    return (
        f"{shown:,} of {found:,} keys, as of {utc_text(hour)}; {fleet.keys:,} in "
        f"all, {fleet.refused_keys:,} refused, {fleet.evicted_keys:,} made room\n"
        f"{fleet.incidents:.2f} new incidents a day (a week's mean), {fleet.budget:g} are the "
        f"budget{raised}\n"
        f"bars (log10): {', '.join(f'{name} {bar:.2f}' for name, bar in fleet.bars.items())}"
    )
