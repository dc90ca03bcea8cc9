"""`python -m deploy.quickstart`: two weeks of traffic, the real program over it, the report."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import perf_counter

from rich.console import Console

from deploy.quickstart.answers import Answers
from deploy.quickstart.folder import Folder, NotOursError
from deploy.quickstart.incidents import LAST_DAY, Truth, load_incidents
from deploy.quickstart.links import load_links
from deploy.quickstart.people import pool
from deploy.quickstart.progress import step
from deploy.quickstart.report import report
from deploy.quickstart.templates import load
from deploy.quickstart.timeline import Plan
from deploy.quickstart.traffic import write
from monitor.state.database import DataInUseError

PEOPLE = 3000
WIDTH = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Generates, runs and reports; 2 for an output folder that it must not touch, 130
    where it was interrupted."""
    options = _options().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, soft_wrap=False)
    folder = Folder(options.out)
    try:
        with folder.taken():
            quickstart(options, folder, console)
    except (NotOursError, DataInUseError) as problem:
        console.print(str(problem), markup=False)
        return 2
    except KeyboardInterrupt:
        console.print("stopped; the next run starts afresh")
        return 130
    return 0


def quickstart(options: argparse.Namespace, folder: Folder, console: Console) -> None:
    """Everything, into a folder that is ours alone."""
    folder.start_afresh()
    if options.kafka:
        from deploy.quickstart.kafka import use_kafka

        use_kafka(folder.config, options.kafka)
    truth, events = generate(options, folder, console)
    if not options.generate_only:
        answers = (run_over_kafka if options.kafka else run)(folder, events, console)
        console.print(report(answers, truth, folder.shown(folder.config)))


def generate(
    options: argparse.Namespace, folder: Folder, console: Console
) -> tuple[list[Truth], int]:
    """Writes the traffic and the truth; gives the truth and how many requests there are."""
    plan = Plan(
        links=load_links(),
        incidents=load_incidents(),
        catalogue=load(),
        people=pool(PEOPLE, options.seed),
        until=options.until,
        days=options.days,
        events=options.events,
        seed=options.seed,
    )
    planned, truth = plan.timeline()
    with step(console, "Making traffic", len(planned)) as done:
        write(planned, folder.traffic, done)
    folder.write_truth(truth)
    return truth, len(planned)


def run(folder: Folder, events: int, console: Console) -> Answers:
    """The embedded runner over the traffic, as `egresswatch run --config` runs it."""
    from deploy.quickstart.answers import ask
    from monitor.configuration import load_configuration
    from monitor.runners.store import EmbeddedStore
    from monitor.state.database import open_database
    from monitor.wiring import run as run_embedded

    configuration = load_configuration(folder.config)
    began = perf_counter()
    with step(console, "Watching it", events) as done:
        run_embedded(configuration, Event(), lambda summary: done(summary.records))
    seconds = perf_counter() - began
    with closing(open_database(configuration.settings.data)) as connection:
        return ask(EmbeddedStore(connection).index, seconds)


def run_over_kafka(folder: Folder, events: int, console: Console) -> Answers:
    """The stages over Kafka, after the traffic was written into its topic."""
    from deploy.quickstart.answers import ask
    from deploy.quickstart.kafka import feed, watch
    from monitor.configuration import load_configuration
    from monitor.runners.store import EmbeddedStore
    from monitor.state.database import open_database

    configuration = load_configuration(folder.config)
    kafka = configuration.settings.kafka
    if kafka is None:
        raise ValueError("the quickstart's configuration has no part `kafka`")
    with step(console, "Into Kafka", events) as done:
        feed(kafka, folder.files, done)
    began = perf_counter()
    with step(console, "Watching it", events) as done:
        watch(configuration, events, done)
    seconds = perf_counter() - began
    with closing(open_database(configuration.settings.data)) as connection:
        return ask(EmbeddedStore(connection).index, seconds)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m deploy.quickstart", description=__doc__)
    parser.add_argument("--events", type=int, default=25_000, help="about how many requests")
    parser.add_argument("--days", type=int, default=LAST_DAY, help="how many days they span")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other traffic")
    parser.add_argument("--until", type=_midnight, default=_today(), help="the end (YYYY-MM-DD)")
    parser.add_argument("--out", type=Path, default=Path("var/quickstart"), help="the folder")
    parser.add_argument("--kafka", metavar="HOST:PORT", help="over a broker, not embedded")
    parser.add_argument("--generate-only", action="store_true", help="only write the traffic")
    return parser


def _midnight(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _today() -> datetime:
    now = datetime.now(UTC)
    return now - timedelta(
        hours=now.hour, minutes=now.minute, seconds=now.second, microseconds=now.microsecond
    )


if __name__ == "__main__":
    sys.exit(main())
