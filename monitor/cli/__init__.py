"""The command line. Commands load when they are called, so that `--help` answers at once."""

import sys
from typing import Any

import click

COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("monitor.cli.run", "run_command", "Watch the configured inputs."),
    "scan": ("monitor.cli.scan", "scan_command", "What the detector finds in a file."),
    "evaluate": (
        "monitor.cli.evaluate",
        "evaluate_command",
        "Measure the detector on a labelled file.",
    ),
    "backtest": (
        "monitor.cli.backtest",
        "backtest_command",
        "Replay stored sums under other settings.",
    ),
    "baselines": (
        "monitor.cli.baselines",
        "baselines_group",
        "What is usual, and the threshold in force.",
    ),
    "tuning": (
        "monitor.cli.tuning",
        "tuning_group",
        "Check a tuning file; hash values for its allow-lists.",
    ),
    "search": ("monitor.cli.search", "search_command", "Search flows, alerts, findings and sums."),
    "top": ("monitor.cli.stats", "top_command", "The most frequent values of a field."),
    "timeline": ("monitor.cli.stats", "timeline_command", "Counts over time, as a plot."),
    "about": ("monitor.cli.about", "about_command", "One sub-processor at a glance."),
    "fields": ("monitor.cli.about", "fields_command", "Which fields a sub-processor gets."),
    "people": ("monitor.cli.stats", "people_command", "How many distinct people, with bounds."),
    "compare": ("monitor.cli.stats", "compare_command", "What changed between two periods."),
    "alerts": ("monitor.cli.alerts", "alerts_group", "The alert queue: list, show, answer."),
    "silences": ("monitor.cli.silences", "silences_group", "Keep alerts quiet: add, list, expire."),
    "index": ("monitor.cli.index", "index_group", "The index: plan, apply, migrate, retention."),
    "subject": ("monitor.cli.subject", "subject_command", "Was a person's value sent, to whom?"),
    "dead-letters": (
        "monitor.cli.dead_letters",
        "dead_letters_group",
        "Records that could not be read.",
    ),
    "deliveries": ("monitor.cli.deliveries", "deliveries_command", "What was sent to whom."),
    "sinks": ("monitor.cli.sinks", "sinks_group", "The channels of alerts: preview, check."),
    "routes": ("monitor.cli.routes", "routes_group", "Whom alerts are told: show, test."),
    "topics": ("monitor.cli.topics", "topics_group", "Kafka's topics: plan, apply."),
    "live": ("monitor.cli.live", "live_command", "Serve a live view of the last hour (Kafka)."),
    "doctor": ("monitor.cli.doctor", "doctor_command", "Check this installation, with remedies."),
}
"""By name: the module, the command in it, and its line in the help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        __import__(module)
        return getattr(sys.modules[module], attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="egresswatch")
def main(**_: Any) -> None:
    """Egresswatch: what personal data really leaves for your sub-processors."""
