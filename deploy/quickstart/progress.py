"""How far it is: a bar on a terminal, now and then a line elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINES = 5
"""Without a terminal a step says so many times how far it is."""


class Report(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def step(console: Console, title: str, total: int) -> Generator[Report]:
    """One step of `total` units; the context's value is told how many are done."""
    if not console.is_terminal:
        yield _Lines(console, title, total)
        return
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


class _Lines:
    """A line each time another fifth is done."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._console, self._title, self._total = console, title, max(total, 1)
        self._said = 0

    def __call__(self, done: int) -> None:
        part = done * LINES // self._total
        if part > self._said:
            self._said = part
            self._console.print(f"{self._title}: {done:,} of {self._total:,}", highlight=False)
