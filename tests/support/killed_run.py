"""Runs a configuration and kills it at random points, again and again; then lets it finish.

    python -m tests.support.killed_run CONFIG KILLS SEED

Each attempt is a fork that SIGKILLs itself at a random statement of the database (in the runner's
or the deliverer's thread) or around a random send. Prints how many attempts were killed where.
"""

import os
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from random import Random
from threading import Event

import monitor.wiring
from alerts.sinks.webhook import WebhookSink
from monitor.configuration import Configuration, load_configuration
from monitor.state import database


def main(config: Path, kills: int, seed: int) -> None:
    configuration = load_configuration(config)
    monitor.wiring.build_pipeline(configuration)  # loads what forks then share
    random = Random(seed)
    reached: Counter[str] = Counter()
    for _ in range(kills):
        reached[_attempt(configuration, random.randint(1, 2 * STEPS))] += 1
    print(dict(reached), _attempt(configuration, None), flush=True)


STEPS = 220
"""The mean number of points an attempt passes before it dies; a batch has about fifty."""


def _attempt(configuration: Configuration, points: int | None) -> str:
    child = os.fork()
    if child == 0:
        try:
            if points is not None:
                _kill_after(points)
            monitor.wiring.run(configuration, Event())
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit {os.WEXITSTATUS(status)}"


def _kill_after(points: int) -> None:
    """Arms this process: it dies at the given number of statements and sends from now."""
    left = points

    def pass_point(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    connect, send = database.connect, WebhookSink.send

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(pass_point)
        return connection

    def killable_send(sink: WebhookSink, message: object) -> None:
        pass_point()
        send(sink, message)  # pyright: ignore[reportArgumentType] - handed through as it came
        pass_point()

    database.connect = monitor.wiring.connect = traced
    WebhookSink.send = killable_send


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
