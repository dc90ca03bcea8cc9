"""Runs a worker of all stages and kills it inside one of them, again and again.

    python -m tests.support.killed_worker CONFIG STAGE KILLS SEED

Each attempt is a fork that SIGKILLs itself at a random step of the stage: beginning a transaction,
adding a record, committing offsets, committing, restoring a changelog's record, and around each
send to a sink or each statement of the index. Prints how the attempts ended, as JSON.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from random import Random
from threading import Event, current_thread
from typing import Any

import msgspec

import monitor.wiring
from alerts.sinks.file import FileSink
from monitor.configuration import Configuration, load_configuration
from monitor.runners.kafka.assignment import Changelogs
from monitor.runners.kafka.index import Indexer
from monitor.runners.kafka.transaction import Transactions

STEPS = {"scan": 80, "baseline": 80, "alert": 14, "deliver": 14, "index": 40}
"""The most steps an attempt takes in the stage before it dies. Alerts and messages are few."""
LIFETIME = 6
"""Seconds after which an attempt that has nothing left to do is ended by its alarm."""


def main(config: Path, stage: str, kills: int, seed: int) -> None:
    configuration = load_configuration(config)
    pipeline = monitor.wiring.build_pipeline(configuration)  # loads what forks then share
    monitor.wiring.build_pipeline = lambda *_: pipeline
    random = Random(seed)
    reached: Counter[str] = Counter()
    for _ in range(kills):
        reached[attempt(configuration, stage, random.randint(1, STEPS[stage]))] += 1
    print(msgspec.json.encode(reached).decode(), flush=True)


def attempt(configuration: Configuration, stage: str, steps: int) -> str:
    """One life of a worker; how it ended."""
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(LIFETIME)
            arm(stage, steps)
            monitor.wiring.run_kafka(configuration, Event())
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit {os.WEXITSTATUS(status)}"


def arm(stage: str, steps: int) -> None:
    """This process dies at the given number of steps of the stage from now."""
    left = steps

    def step() -> None:
        nonlocal left
        if current_thread().name != stage:
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    around(Transactions, "send", step)
    around(Transactions, "_commit", step)
    around(Transactions, "_call", step)
    around(Changelogs, "_ends", step)
    around(FileSink, "send", step)
    for copy in ("_copy", "_flows", "_sums", "_findings", "_alerts", "_dead_letters"):
        around(Indexer, copy, step)


def around(owner: type, name: str, step: Callable[[], None]) -> None:
    """Calls `step` before and after a method."""
    method: Callable[..., Any] = getattr(owner, name)

    @wraps(method)
    def stepped(*arguments: Any, **named: Any) -> Any:
        step()
        result = method(*arguments, **named)
        step()
        return result

    setattr(owner, name, stepped)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
