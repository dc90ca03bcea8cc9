"""`egresswatch routes`: whom alerts are told, and why."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.delivery import Outbox
from alerts.routing import Route, RouteTree, Step
from detectors.records import Alert
from monitor.answers import find_alert
from monitor.cli.output import (
    clear_errors,
    open_index,
    parse_moment,
    print_table,
    shown,
    utc_text,
)
from monitor.cli.sinks import config_option, read_alert
from monitor.clock import SystemClock
from monitor.configuration import load_configuration, world_of

if TYPE_CHECKING:
    from rich.tree import Tree

    from monitor.settings import Settings

_WIDE = 1_000
"""Columns where the output is no terminal."""


@click.group("routes")
def routes_group() -> None:
    """Whom alerts are told: show the tree, test it."""


@routes_group.command("test")
@click.argument("alert", metavar="ALERT")
@click.option("--at", help="As if it were then (2026-12-24T22:00+01:00); else now.")
@config_option
def test_command(alert: str, at: str | None, config: Path) -> None:
    """Who would be told of ALERT, and why: each route, whether it matches, and what decides.

    ALERT is a file with an alert (`alerts show ID --output ndjson` writes one), or the id of one
    that is stored.
    """
    with clear_errors():
        configuration = load_configuration(config)
        now = SystemClock().now()
        moment = parse_moment(at, now) if at else now
    found, told = _alert(alert, config)
    tree = _tree(configuration.settings)
    owner = world_of(configuration.registry, configuration.tuning).owner
    _print(tree.explain(found, owner, moment), tree.at(moment), moment)
    if told:
        click.echo(f"\nIts end is told those who know of it: {', '.join(told)}")


@routes_group.command("show")
@config_option
def show_command(config: Path) -> None:
    """The tree of routes, with its receivers, rotations and hours."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    with clear_errors():
        settings = load_configuration(config).settings
    tree = _tree(settings)
    now = SystemClock().now()
    drawn = Tree(Text(_line(tree.root, tree, now)))
    _draw(tree.root, tree, now, drawn)
    # a line that is cut would hide a receiver
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(drawn)
    for name, lines in settings.routing.intervals.items():
        state = "now" if name in tree.at(now) else "not now"
        click.echo(f"{shown(name)} ({state}): {shown('; '.join(lines))}")


def _tree(settings: "Settings") -> RouteTree:
    return RouteTree(settings.routing, [sink.name for sink in settings.sinks])


def _alert(named: str, config: Path) -> tuple[Alert, list[str]]:
    """The alert, and the sinks that know of it already."""
    if Path(named).is_file():
        with clear_errors():
            return read_alert(Path(named)), []
    with open_index(None, config) as (index, connection):
        found = find_alert(index, named)
        return found, Outbox(connection).told(found.id)


def _print(steps: Sequence[Step], intervals: Sequence[str], moment: datetime) -> None:
    hours = f" ({', '.join(intervals)})" if intervals else ""
    click.echo(f"At {utc_text(moment)} UTC{shown(hours)}:\n")
    told = [(sink, step.route.title) for step in steps for sink in step.told]
    print_table(("told", "by the route"), told)
    click.echo("")
    rows = [(_indented(step), _outcome(step), step.reason) for step in steps]
    print_table(("route", "outcome", "because"), rows)


def _indented(step: Step) -> str:
    return "  " * (len(step.route.path) - 1) + step.route.name


def _outcome(step: Step) -> str:
    if step.told:
        return "told"
    return "matches" if step.matched else "no"


def _draw(route: Route, tree: RouteTree, moment: datetime, into: "Tree") -> None:
    from rich.text import Text

    for child in route.children:
        _draw(child, tree, moment, into.add(Text(_line(child, tree, moment))))


def _line(route: Route, tree: RouteTree, moment: datetime) -> str:
    """A route's name, what it matches where the name does not say it, and its receivers."""
    receivers = ", ".join(_receiver(name, tree, moment) for name in route.receivers) or "nobody"
    matches = "" if route.described in {"", route.name} else f" [{route.described}]"
    more = ", and on" if route.goes_on else ""
    return shown(f"{route.name}{matches} -> {receivers}{more}")


def _receiver(name: str, tree: RouteTree, moment: datetime) -> str:
    sink = tree.sink(name, moment)
    return name if sink == name else f"{name} (now {sink})"
