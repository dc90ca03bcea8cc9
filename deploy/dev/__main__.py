"""`python -m deploy.dev`: local Kafka and Elasticsearch."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from deploy.dev import jars
from deploy.dev.elasticsearch import LocalElasticsearch
from deploy.dev.errors import DevError
from deploy.dev.kafka import LocalKafka

Service = LocalKafka | LocalElasticsearch
SERVICES: dict[str, Callable[[Path, int | None], Service]] = {
    "kafka": LocalKafka,
    "elasticsearch": LocalElasticsearch,
}
ACTIONS = ("start", "stop", "status", "wipe", "pin")


@click.command("deploy.dev")
@click.argument("service", type=click.Choice(list(SERVICES)))
@click.argument("action", type=click.Choice(ACTIONS))
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens, on 127.0.0.1.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("var/dev"),
    show_default=True,
    help="Where it keeps its data, in a folder of its own.",
)
def main(service: str, action: str, port: int | None, folder: Path) -> None:
    """A local service for development: start, stop, status, wipe (its data); pin its jars.

    Exits with 1 where that cannot be done; `status` with 3 where it does not run.
    """
    local = SERVICES[service](folder.resolve() / service, port)
    try:
        code = _do(service, action, local)
    except DevError as error:
        click.echo(str(error), err=True)
        code = 1
    sys.exit(code)


def _do(name: str, action: str, local: Service) -> int:
    match action:
        case "start":
            verb = "started" if local.start() else "runs already"
            click.echo(f"{name} {verb}: {local.address} (pid {local.process.pid})")
        case "stop":
            click.echo(f"{name} {'stopped' if local.process.stop() else 'does not run'}")
        case "wipe":
            local.process.wipe()
            click.echo(f"{name}: {local.process.folder} is gone")
        case "pin":
            click.echo(f"{name}: {jars.pin(name)} jars pinned")
        case _:
            return _status(name, local)
    return 0


def _status(name: str, local: Service) -> int:
    pid = local.process.pid
    if pid is None:
        click.echo(f"{name} does not run")
        return 3
    answers = "answers" if local.answers() else "does not answer"
    click.echo(f"{name} runs (pid {pid}) and {answers}: {local.address}")
    return 0


if __name__ == "__main__":
    main()
