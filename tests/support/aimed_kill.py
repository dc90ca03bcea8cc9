"""Kills the baseline stage twice in the worst places, within one transaction's time-out.

    python -m tests.support.aimed_kill CONFIG before-offsets|before-commit|in-restore|other-slot

The first life always ends with the changelog flushed; the second one ends in the same place, or
with `in-restore` after a few of the changelog's records. With `other-slot` the first life has
another slot: nobody ends its transaction before the broker does, and what the second life commits
lies behind it in the changelog. Prints the signals that ended them.
"""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, current_thread
from typing import Any, NoReturn

import monitor.wiring
from monitor.configuration import load_configuration
from monitor.runners.kafka.assignment import Changelogs, Entry
from monitor.runners.kafka.transaction import Transactions

COMMITS = 12
"""Transactions of the baseline that commit before the first kill."""
ENTRIES = 5


def main(config: Path, moment: str) -> None:
    configuration = load_configuration(config)
    pipeline = monitor.wiring.build_pipeline(configuration)  # loads what forks then share
    monitor.wiring.build_pipeline = lambda *_: pipeline
    first = moment if moment == "before-commit" else "before-offsets"
    lives = ((first, COMMITS, 0), (moment, 1, 0))
    if moment == "other-slot":
        lives = ((first, COMMITS, 1), ("before-offsets", 6, 0))
    for name, commits, slot in lives:
        worker = configuration.settings.worker.model_copy(update={"slot": slot})
        settings = configuration.settings.model_copy(update={"worker": worker})
        life = replace(configuration, settings=settings)
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(30)
                arm(name, commits)
                monitor.wiring.run_kafka(life, Event())
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status), flush=True)


def arm(moment: str, commits: int) -> None:
    if moment == "in-restore":
        die_in_restore()
    else:
        die_in_transaction(moment, commits)


def die_in_transaction(moment: str, commits: int) -> None:
    commit, left = Transactions._commit, commits

    def dying(self: Transactions, offsets: Any, group: Any) -> None:
        nonlocal left
        if current_thread().name == "baseline":
            left -= 1
            if left == 0:
                self._producer.flush(10)
                if moment == "before-commit":
                    self._producer.send_offsets_to_transaction(list(offsets), group, 10)
                die()
        commit(self, offsets, group)

    Transactions._commit = dying


def die_in_restore() -> None:
    restore = Changelogs.restore

    def dying(self: Changelogs, *arguments: Any) -> Iterator[Entry]:
        for number, entry in enumerate(restore(self, *arguments)):
            if number == ENTRIES and current_thread().name == "baseline":
                die()
            yield entry

    Changelogs.restore = dying


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
