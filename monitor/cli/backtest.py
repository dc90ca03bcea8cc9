"""`egresswatch backtest`: which alerts other settings would have given."""

from collections import Counter
from pathlib import Path

import click

from monitor.backtest import Compared, compare, episodes, in_order, replay
from monitor.baselines import answers_in
from monitor.cli.output import (
    DEFAULT_CONFIG,
    Output,
    clear_errors,
    open_index,
    output_option,
    parse_moment,
    print_json,
    print_table,
    utc_text,
)
from monitor.clock import SystemClock
from monitor.configuration import load_configuration
from monitor.stages.names import Names

CONFIRMED = "true-positive"


@click.command("backtest")
@click.option(
    "--config",
    "new",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The configuration to try: its `baseline` counts.",
)
@click.option(
    "--against",
    "old",
    default=DEFAULT_CONFIG,
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The configuration in force, whose data is replayed.",
)
@click.option(
    "--since", default="14d", show_default=True, help="Compare alerts from this time on: 14d, 2w."
)
@output_option
def backtest_command(new: Path, old: Path, since: str, output: Output) -> None:
    """Replay the stored sums under other settings: alerts won, lost and kept.

    Both settings see all sums there are, and the verdicts given meanwhile. What an analyst has
    confirmed is marked. Nothing is changed.
    """
    with clear_errors():
        present, tried = load_configuration(old), load_configuration(new)
        start = parse_moment(since, SystemClock().now())
    names = Names(present.registry, present.tuning.taxonomy)
    with open_index(present.settings.data, None) as (index, _):
        answers, alerts = answers_in(index), list(index.alerts())
        before, after = (
            episodes(replay(one.settings.baseline, names, in_order(index.sums()), answers), start)
            for one in (present, tried)
        )
    _show(compare(before, after, alerts), output)


def _show(compared: list[Compared], output: Output) -> None:
    if output != "table":
        print_json([_plain(one) for one in compared], output)
        return
    rows = [
        (
            one.change,
            f"{one.verdict} *" if one.verdict == CONFIRMED else one.verdict,
            utc_text(one.episode.start),
            one.episode.subprocessor,
            one.episode.rule,
            one.episode.strongest.message,
        )
        for one in compared
    ]
    print_table(("", "verdict", "since", "sub-processor", "rule", "what"), rows)
    counts = Counter(one.change for one in compared)
    lost = sum(one.change == "lost" and one.verdict == CONFIRMED for one in compared)
    click.echo(
        f"{counts['won']} won, {counts['lost']} lost ({lost} of them confirmed), "
        f"{counts['kept']} kept"
    )


def _plain(one: Compared) -> dict[str, object]:
    episode = one.episode
    return {
        "change": one.change,
        "verdict": one.verdict or None,
        "since": utc_text(episode.start),
        "until": utc_text(episode.end),
        "subprocessor": episode.subprocessor,
        "rule": episode.rule,
        "message": episode.strongest.message,
        "score": episode.strongest.score,
    }
